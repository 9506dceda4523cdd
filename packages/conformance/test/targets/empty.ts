import { emptyTarget } from "../empty-target.ts";

export default emptyTarget();

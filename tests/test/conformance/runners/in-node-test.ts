import { after, describe, test } from "node:test";
import { registerTarget } from "./register-target.ts";

registerTarget({ describe, test, afterAll: after });

import { registerSameReport } from "./same-report.ts";
import { postgresTarget } from "./postgres-target.ts";

registerSameReport(postgresTarget);

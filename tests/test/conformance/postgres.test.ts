import { instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { registerSameReport } from "./same-report.ts";
import { postgresTarget } from "./postgres-target.ts";

registerSameReport(postgresTarget);
registerSameReport(instrumentedTarget(smallCacheTarget(postgresTarget)));

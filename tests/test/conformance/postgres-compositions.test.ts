import { instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { registerSameReport } from "./same-report.ts";
import { postgresTarget } from "./postgres-target.ts";

registerSameReport(instrumentedTarget(smallCacheTarget(postgresTarget)));

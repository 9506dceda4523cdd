import { instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { registerSameReport } from "./same-report.ts";
import { sqliteFileTarget } from "./sqlite-target.ts";

registerSameReport(sqliteFileTarget);
registerSameReport(instrumentedTarget(smallCacheTarget(sqliteFileTarget)));

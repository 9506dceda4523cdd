import { cachedTarget, instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { registerSameReport } from "./same-report.ts";
import { sqliteFileTarget } from "./sqlite-target.ts";

registerSameReport(sqliteFileTarget);
registerSameReport(cachedTarget(sqliteFileTarget));
registerSameReport(instrumentedTarget(smallCacheTarget(sqliteFileTarget)));

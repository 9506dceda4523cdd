import { instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { registerSameReport } from "./same-report.ts";
import { sqliteMemoryTarget } from "./sqlite-target.ts";

registerSameReport(sqliteMemoryTarget);
registerSameReport(instrumentedTarget(smallCacheTarget(sqliteMemoryTarget)));

import { cachedTarget, instrumentedTarget, smallCacheTarget } from "./compositions.ts";
import { faultyTarget, soundFaults } from "./faulty-target.ts";
import { registerSameReport } from "./same-report.ts";

const memory = faultyTarget(soundFaults);

registerSameReport(cachedTarget(memory));
registerSameReport(smallCacheTarget(memory));
registerSameReport(instrumentedTarget(memory));
registerSameReport(instrumentedTarget(cachedTarget(instrumentedTarget(memory))));

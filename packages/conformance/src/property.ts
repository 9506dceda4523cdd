export { checkHistories } from "./property/check-histories.ts";
export type { HistoryOptions } from "./property/check-histories.ts";

import type { Check, CheckEngine } from "./check.ts";
import { commitChecks } from "./commit-checks.ts";
import { contentChecks } from "./content-checks.ts";
import { headChecks } from "./head-checks.ts";
import { linkChecks } from "./link-checks.ts";
import { listChecks } from "./list-checks.ts";

/** Everything that has to hold between rows, the same on each engine. Run in this order, on one state of the data. */
export function allChecks(engine: CheckEngine): readonly Check[] {
  return [linkChecks, contentChecks, commitChecks, headChecks, listChecks].flatMap((checks) =>
    checks(engine),
  );
}

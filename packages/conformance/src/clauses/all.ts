import type { Clause } from "../clause.ts";
import { auditClauses } from "./audit.ts";
import { commitClauses } from "./commit.ts";
import { conflictClauses } from "./conflict.ts";
import { faultClauses } from "./faults.ts";
import { harnessClauses } from "./harness.ts";
import { headsClauses } from "./heads.ts";
import { idempotenceClauses } from "./idempotence.ts";
import { immutabilityClauses } from "./immutability.ts";
import { lifecycleClauses } from "./lifecycle.ts";
import { listClauses } from "./lists.ts";
import { modelClauses } from "./model.ts";
import { pagingClauses } from "./paging.ts";
import { raceClauses } from "./races.ts";
import { refClauses } from "./refs.ts";
import { textClauses } from "./text.ts";
import { treeClauses } from "./trees.ts";

/** The storage contract, clause by clause, in the order of their ids. */
export const clauses: readonly Clause[] = [
  ...harnessClauses,
  ...commitClauses,
  ...idempotenceClauses,
  ...headsClauses,
  ...conflictClauses,
  ...listClauses,
  ...treeClauses,
  ...textClauses,
  ...pagingClauses,
  ...auditClauses,
  ...refClauses,
  ...raceClauses,
  ...immutabilityClauses,
  ...lifecycleClauses,
  ...modelClauses,
  ...faultClauses,
];

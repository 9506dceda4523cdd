import type { Clause } from "../clause.ts";
import { auditClauses } from "./audit.ts";
import { commitClauses } from "./commit.ts";
import { conflictClauses } from "./conflict.ts";
import { coreForkClauses } from "./core/fork.ts";
import { coreHistoryClauses } from "./core/history.ts";
import { coreIdentityClauses } from "./core/identity.ts";
import { coreModificationClauses } from "./core/modification.ts";
import { coreValueClauses } from "./core/values.ts";
import { crashSweepClauses } from "./crash-sweeps.ts";
import { faultClauses } from "./faults.ts";
import { graphShapeClauses } from "./graph-shapes.ts";
import { harnessClauses } from "./harness.ts";
import { headsClauses } from "./heads.ts";
import { idempotenceClauses } from "./idempotence.ts";
import { immutabilityClauses } from "./immutability.ts";
import { listHintClauses } from "./list-hints.ts";
import { manyAtOnceClauses } from "./many-at-once.ts";
import { raceRefClauses } from "./race-refs.ts";
import { refExpectationClauses } from "./ref-expectations.ts";
import { instanceClauses } from "./instances.ts";
import { largeClauses } from "./large.ts";
import { lifecycleClauses } from "./lifecycle.ts";
import { listEditClauses } from "./list-edits.ts";
import { listClauses } from "./lists.ts";
import { modelViewClauses } from "./model-views.ts";
import { modelClauses } from "./model.ts";
import { pagingWriterClauses } from "./paging-writers.ts";
import { pagingClauses } from "./paging.ts";
import { raceChainClauses } from "./race-chains.ts";
import { raceClauses } from "./races.ts";
import { refClauses } from "./refs.ts";
import { refusalClauses } from "./refusals.ts";
import { repeatClauses } from "./repeats.ts";
import { sizeClauses } from "./sizes.ts";
import { textClauses } from "./text.ts";
import { timeClauses } from "./time.ts";
import { treeClauses } from "./trees.ts";
import { typeClauses } from "./types.ts";

/** The storage contract, clause by clause, in the order of their ids. */
export const clauses: readonly Clause[] = [
  ...harnessClauses,
  ...commitClauses,
  ...refusalClauses,
  ...idempotenceClauses,
  ...repeatClauses,
  ...headsClauses,
  ...conflictClauses,
  ...refExpectationClauses,
  ...listClauses,
  ...listEditClauses,
  ...listHintClauses,
  ...treeClauses,
  ...graphShapeClauses,
  ...textClauses,
  ...sizeClauses,
  ...pagingClauses,
  ...pagingWriterClauses,
  ...auditClauses,
  ...refClauses,
  ...raceClauses,
  ...raceChainClauses,
  ...raceRefClauses,
  ...immutabilityClauses,
  ...lifecycleClauses,
  ...instanceClauses,
  ...modelClauses,
  ...modelViewClauses,
  ...faultClauses,
  ...crashSweepClauses,
  ...typeClauses,
  ...timeClauses,
  ...largeClauses,
  ...manyAtOnceClauses,
  ...coreIdentityClauses,
  ...coreModificationClauses,
  ...coreForkClauses,
  ...coreValueClauses,
  ...coreHistoryClauses,
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

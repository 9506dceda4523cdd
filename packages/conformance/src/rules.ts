/** What `@mi/ecs` promises of entities, as far as it depends on the storage below it. */
export const rules = {
  I1: "An ecsId is a UUIDv7 made when the version is made, and createdAt is that version's time. A committed record never changes.",
  I2: "The lineageId is the same for all versions; parentId is the version forked from, or null.",
  I3: "Two loads give two warm copies that share no mutable state. Inside one tree a version is one object: sharing and cycles come back as they were.",
  I4: "The object that user code holds stays the same object through every fork; its ecsId moves on.",
  I5: "The list of previous ids is answered from the lineage, not stored in every version.",
  M1: "An entity is modified when the value of one of its own fields differs from its cold snapshot. Reading never counts, and writing an equal value never counts.",
  M2: "Every change in place of a value that was read from an entity counts, at any depth.",
  M3: "References compare by version; order and multiplicity of a list count.",
  M4: "Whoever holds a modified or new entity, directly or through others, is affected, up to the root. In a cycle, all of it is.",
  M5: "The answer is the same on every backend, right after a load, and after any partial or repeated read.",
  F1: "A fork makes exactly one new version of each affected entity of the receiver's tree, and none of any other.",
  F2: "A fork is one atomic commit. If it fails, nothing has moved, in memory or in storage.",
  F3: "Forking what is not modified commits nothing; forking what was never stored registers it.",
  F4: "Any old version can be loaded, changed and forked: that is a branch, and both heads stay.",
  F5: "Two warm copies of one version in one tree: equal, they count as one; different, that is an error.",
  T1: "What changed in the entities of a traced call is committed as one commit when it returns.",
  T2: "When a traced call throws, nothing of it is committed.",
  C1: "Commits are atomic and idempotent: the same commit again writes nothing twice.",
  C2: "Two writers that fork the same version make two heads, or an error with expected and actual. Nothing is ever lost.",
} as const;

/** The short name of a rule, e.g. "F2". */
export type RuleName = keyof typeof rules;

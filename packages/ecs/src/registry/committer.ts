import { currentScope } from "../ambient.ts";
import {
  CommitContextError,
  mergeContexts,
  type CommitContext,
  type RequiredContext,
} from "../commit-context.ts";
import { nameOf, type PlannedRefMove, type WarmState } from "../entity/warm-state.ts";
import { ConcurrentModificationError } from "../errors.ts";
import { forkTrees, type ForkEnvironment, type WrittenCommit } from "../fork/fork-trees.ts";
import { silentLogger, type Logger } from "../logger.ts";
import type { CommitHeader } from "../storage/contract.ts";
import { currentTrace, refuseClosed } from "../trace/trace.ts";
import { mergeOnConflict, finishLate } from "../merge/merge-on-conflict.ts";
import type { EventBus, RegistryEvents } from "./events.ts";
import type { KeptCopies } from "./kept-copies.ts";
import type { TypeCatalog } from "./type-catalog.ts";

type CommittedVersions = RegistryEvents["commit"]["versions"];

/** An empty text says no more than none. Other kinds of values are refused by the header. */
function isBlank(value: string | undefined): boolean {
  return value === undefined || (typeof value === "string" && value.trim() === "");
}

/** Forks trees for a registry: with its context and policy, and telling its listeners and its log. */
export class Committer {
  readonly #environment: ForkEnvironment;
  readonly #types: TypeCatalog;
  readonly #context: CommitContext;
  readonly #required: readonly RequiredContext[];
  readonly #events: EventBus;
  readonly #kept: KeptCopies;
  readonly #logger: Logger;

  constructor(options: {
    environment: Omit<ForkEnvironment, "assertComplete" | "meet" | "written">;
    types: TypeCatalog;
    context: CommitContext;
    required: readonly RequiredContext[];
    events: EventBus;
    kept: KeptCopies;
    logger: Logger;
  }) {
    this.#environment = {
      ...options.environment,
      assertComplete: (context) => this.#assertComplete(context),
      meet: (type) => options.types.meet(type),
      written: (commit) => this.#tell(commit),
    };
    this.#types = options.types;
    this.#context = options.context;
    this.#required = options.required;
    this.#events = options.events;
    this.#kept = options.kept;
    this.#logger = options.logger;
  }

  /** Forks one tree. Inside a traced call that becomes part of the call's commit. */
  async fork(state: WarmState, context: CommitContext | undefined): Promise<void> {
    const trace = currentTrace();
    if (trace === undefined) return this.commit([state], context);
    refuseClosed(trace, nameOf(state));
    if (context !== undefined) trace.contexts.push(context);
    trace.used.add(state);
  }

  /** Forks trees in one commit of their own. */
  async commit(
    states: readonly WarmState[],
    context: CommitContext | undefined,
    refMoves: readonly PlannedRefMove[] = [],
  ): Promise<void> {
    const merged = mergeContexts(this.#context, currentScope()?.context, context);
    try {
      await forkTrees(states, this.#environment, merged, refMoves);
    } catch (error) {
      if (!(error instanceof ConcurrentModificationError)) throw error;
      this.#tellConflict(error, merged);
      if (merged.onConflict !== "merge") throw error;
      const refused = { roots: states, conflict: error, context: merged, refMoves };
      await mergeOnConflict(refused, this.#environment, this.#types);
      return;
    }
    await finishLate(states, merged, { ...this.#environment, types: this.#types });
    const turn = this.#kept.letGo();
    if (turn !== undefined) await turn;
  }

  #assertComplete(context: CommitContext): void {
    for (const field of this.#required)
      if (isBlank(context[field]))
        throw new CommitContextError(
          field,
          "is required by this registry; give it to the call, the scope or the registry",
        );
  }

  #tell({ commit, sequence }: WrittenCommit): void {
    this.#kept.add(commit.versions);
    // Nobody listens in most programs: then nothing is made for them at each commit.
    if (this.#logger === silentLogger && !this.#events.isHeard("commit")) return;
    const { header } = commit;
    const versions = commit.versions.map(({ record }) => ({
      ecsId: record.ecsId,
      lineageId: record.lineageId,
      parentId: record.parentId,
      mergedFromId: record.mergedFromId,
      type: record.type,
    }));
    this.#log(header, sequence, versions);
    this.#events.emit("commit", { header, sequence, versions });
  }

  #log(header: CommitHeader, sequence: number, versions: CommittedVersions): void {
    const { id: commitId, operation, actor, correlationId } = header;
    const who = { operation, actor, correlationId };
    this.#logger.info({ commitId, sequence, ...who, versions: versions.length }, "commit written");
    for (const version of versions)
      this.#logger.debug(
        { ...version, ...who },
        version.parentId === null ? "entity created" : "entity forked",
      );
  }

  #tellConflict(error: ConcurrentModificationError, context: CommitContext): void {
    const lineages = error.conflicts.map((conflict) => conflict.lineageId);
    const { operation, actor, correlationId } = context;
    this.#logger.warn({ lineages, operation, actor, correlationId }, "somebody else was first");
    this.#events.emit("conflict", { lineages });
  }
}

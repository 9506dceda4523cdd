import { types } from "node:util";
import {
  currentScope,
  runInScope,
  setDefaultRegistry,
  type AmbientRegistry,
  type Scope,
} from "../ambient.ts";
import { systemClock } from "../clock.ts";
import { mergeContexts, type CommitContext } from "../commit-context.ts";
import { requireState, type RevertOptions, type WarmState } from "../entity/warm-state.ts";
import { exportLineages } from "../exchange/export-lineages.ts";
import { importBundle, type ImportResult } from "../exchange/import-bundle.ts";
import type { CommitEntry } from "../history/commit-entry.ts";
import type { TreeDiff } from "../history/tree-diff.ts";
import type { Lineage } from "../history/lineage.ts";
import type { EntityDiff } from "../history/record-diff.ts";
import { mergeInto, previewMerge, type MergeOptions, type MergePreview } from "../merge/merge.ts";
import { parseEcsId, parseLineageId, uuidV7Ids, type EcsId, type LineageId } from "../ids.ts";
import { silentLogger, type Logger } from "../logger.ts";
import { contextLogger } from "../logging/context-logger.ts";
import { usageError } from "../mi-error.ts";
import type { ReferableClass } from "../schema/reference-target.ts";
import type {
  EntityRecord,
  EntityStorage,
  Page,
  PageOf,
  StorageStats,
  VersionInfo,
} from "../storage/contract.ts";
import { runTraced } from "../trace/run-traced.ts";
import type { TraceSeverity } from "../trace/severity.ts";
import { currentTrace } from "../trace/trace.ts";
import { Committer } from "./committer.ts";
import { entityType, EntityLoader } from "./entity-loader.ts";
import type { RegistryEvents } from "./events.ts";
import { HistoryReader, type HeldLineage } from "./history-reader.ts";
import { KeptCopies } from "./kept-copies.ts";
import { notFound } from "./not-found.ts";
import { NamedRefs } from "./named-refs.ts";
import { PendingRegistration } from "./pending-registration.ts";
import {
  checkedContext,
  type AuditQuery,
  type EntityRegistryOptions,
  type Instant,
  type ListOptions,
} from "./registry-options.ts";
import type { Workshop } from "./move-tree.ts";
import { Reporter } from "./reporter.ts";
import { revert } from "./revert.ts";
import { TypeCatalog } from "./type-catalog.ts";

/**
 * Stores, loads and looks back at entities. Everything that is said about versions is computed here from records, so
 * that it is the same over every storage.
 *
 * @example
 * const registry = new EntityRegistry({ storage: new MemoryStorage() });
 * const note = await registry.register(new Note({ content: "Hi" }));
 * note.content = "Hello";
 * await note.fork({ actor: "ana", reason: "politeness" });
 */
export class EntityRegistry {
  readonly storage: EntityStorage;
  /** Named pointers to versions, moved by compare-and-set. */
  readonly refs: NamedRefs;
  readonly #history: HistoryReader;
  readonly #types: TypeCatalog;
  readonly #logger: Logger;
  readonly #reporter: Reporter;
  readonly #loader: EntityLoader;
  readonly #pending: PendingRegistration;
  readonly #committer: Committer;
  readonly #ambient: AmbientRegistry;

  constructor(options: EntityRegistryOptions) {
    const context = checkedContext(options);
    const { clock = systemClock, ids = uuidV7Ids } = options;
    this.storage = options.storage;
    this.#history = new HistoryReader(options.storage);
    this.#types = new TypeCatalog(options.types);
    this.#logger =
      options.logger === undefined
        ? silentLogger
        : contextLogger(options.logger, options.context ?? {});
    this.#reporter = new Reporter(this.#logger, options.traceSeverity ?? "NORMAL");
    this.#ambient = {
      clock,
      ids,
      fork: (state, context) => this.#committer.fork(state, context),
      forkAll: (states, context, refMoves) => this.#committer.commit(states, context, refMoves),
      revert: async (state, to, options) => {
        await this.revert(state.entity, to, options);
      },
      ancestors: (state) =>
        state.recorded === undefined ? Promise.resolve([]) : this.ancestors(state.ecsId),
      snapshot: async (id) => (await this.coldSnapshot(id)) ?? notFound(`version ${id}`),
      latest: (lineages) => this.#latestOf(lineages),
      reportCall: (call) => this.#reporter.reportCall(call),
      keep: (state, scope) => this.#pending.add(state, scope),
      get: (type, id) => this.get(type, id),
      getMany: (type, found) => this.getMany(type, found),
      list: (type, query) => this.list(type, query),
    };
    this.refs = new NamedRefs(options.storage, this.#ambient);
    const { events } = this.#reporter;
    const kept = new KeptCopies();
    this.#loader = new EntityLoader({
      storage: options.storage,
      types: this.#types,
      home: this.#ambient,
      events,
      kept,
      logger: this.#logger,
    });
    this.#committer = new Committer({
      environment: { home: this.#ambient, storage: options.storage, clock, ids },
      types: this.#types,
      context,
      required: options.requiredContext ?? [],
      events,
      kept,
      logger: this.#logger,
    });
    this.#pending = new PendingRegistration((states, context) =>
      this.#committer.commit(states, context),
    );
  }

  /** Makes the registry that the statics of entity classes use outside any `run`; `undefined` takes it away. */
  static setDefault(registry: EntityRegistry | undefined): void {
    if (registry !== undefined && !(registry instanceof EntityRegistry))
      throw usageError(
        "EntityRegistry.setDefault() takes a registry, or undefined to take it away",
      );
    setDefaultRegistry(registry === undefined ? undefined : registry.#ambient);
  }

  /**
   * Runs work whose new entities are not registered by themselves: the caller will, or never. They take their ids and
   * time from this registry all the same.
   */
  detached<T>(work: () => T): T {
    return runInScope(this.#scope({}, false), work);
  }

  /** Whether the caller runs in a traced call, in which forks and registrations wait for the end of the call. */
  get isTracing(): boolean {
    return currentTrace() !== undefined;
  }

  /**
   * Runs work with this registry as the current one, through all its async calls. New entities made in it are registered
   * when it returned, as one commit, and dropped when it throws.
   */
  async run<T>(work: () => T | Promise<T>, context: CommitContext = {}): Promise<T> {
    const scope = this.#scope(context);
    try {
      const result = await runInScope(scope, async () => work());
      await runInScope(scope, () => this.#pending.registerOf(scope));
      return result;
    } catch (error) {
      this.#pending.discard(scope);
      throw error;
    }
  }

  /**
   * Runs work as one commit: what changed in the entities that it used is written when it returned, and undone when it
   * threw. As `entityTracer`, without a function's name.
   */
  transaction<T>(work: () => T | Promise<T>, context: CommitContext = {}): Promise<T> {
    return runInScope(this.#scope({}), () =>
      runTraced({ name: undefined, entities: new Set(), context, home: this.#ambient }, work),
    );
  }

  /**
   * Stores the whole tree of an entity that is new, forks what is modified of one that is known, and answers the same
   * object.
   *
   * @throws what `Entity.fork` throws
   */
  async register<T extends object>(entity: T, context?: CommitContext): Promise<T> {
    await this.#committer.fork(requireState(entity), context);
    return entity;
  }

  /** Registers all entities that are pending, in one commit. They stay pending when it fails. */
  async flush(context?: CommitContext): Promise<void> {
    await this.#pending.registerAll(context);
  }

  /** Drops all entities that are pending. */
  discard(): void {
    this.#pending.discard();
  }

  /** The warm copy of a complete tree; `undefined` when the version is not stored. */
  async get<Class extends ReferableClass>(
    type: Class,
    ecsId: EcsId,
  ): Promise<InstanceType<Class> | undefined> {
    const [entity] = await this.getMany(type, [ecsId]);
    return entity;
  }

  /** As {@link get}. @throws MiError of code MI_ENTITY_NOT_FOUND */
  async getOrThrow<Class extends ReferableClass>(
    type: Class,
    ecsId: EcsId,
  ): Promise<InstanceType<Class>> {
    const entity = await this.get(type, ecsId);
    return entity ?? notFound(`${entityType(type).name} version ${ecsId}`);
  }

  /** Warm copies in the order of the ids, each a tree of its own; `undefined` for a version that is not stored. */
  async getMany<Class extends ReferableClass>(
    type: Class,
    ecsIds: readonly EcsId[],
  ): Promise<readonly (InstanceType<Class> | undefined)[]> {
    return this.#loader.load(type, await this.#pending.ask(ecsIds));
  }

  /** The head of the lineage whose commit came last in storage order. */
  async latest<Class extends ReferableClass>(
    type: Class,
    lineageId: LineageId,
  ): Promise<InstanceType<Class> | undefined> {
    const heads = await this.heads(lineageId);
    const last = heads[heads.length - 1];
    return last === undefined ? undefined : this.get(type, last);
  }

  /** All heads, the latest last; none for an unknown lineage. */
  async heads(lineageId: LineageId): Promise<readonly EcsId[]> {
    const id = await this.#pending.askLineage(lineageId);
    const [heads] = await this.storage.heads([id]);
    return heads ?? [];
  }

  /**
   * The versions of a type, and of those that extend it, in storage order, as warm copies of complete trees. With `limit`
   * one page of them; without, all, read page by page as they are asked for.
   */
  list<Class extends ReferableClass>(
    type: Class,
    options: ListOptions & PageOf,
  ): Promise<Page<InstanceType<Class>>>;
  list<Class extends ReferableClass>(
    type: Class,
    options?: ListOptions,
  ): AsyncIterable<InstanceType<Class>>;
  list<Class extends ReferableClass>(
    type: Class,
    options: ListOptions & Partial<PageOf> = {},
  ): AsyncIterable<InstanceType<Class>> | Promise<Page<InstanceType<Class>>> {
    const { headsOnly, limit, ...page } = options;
    const query = { types: this.#loader.namesOf(type), headsOnly };
    if (limit !== undefined) return this.#loader.page(type, query, { ...page, limit });
    return this.#loader.all(type, query);
  }

  /** The versions of a type, and of those that extend it, in storage order, without their content. */
  versions(type: ReferableClass, { headsOnly }: ListOptions = {}): AsyncIterable<VersionInfo> {
    return this.#history.versions({ types: this.#loader.namesOf(type), headsOnly });
  }

  /** The version that was the latest of its lineage at a time: the last head among those made until then. */
  async asOf<Class extends ReferableClass>(
    type: Class,
    lineageId: LineageId,
    time: Instant,
  ): Promise<InstanceType<Class> | undefined> {
    const id = await this.#pending.askLineage(lineageId);
    const found = await this.#history.asOf(id, instant(time, "asOf()"));
    return found === undefined ? undefined : this.get(type, found.ecsId);
  }

  /** Everything that any version of an entity ever held itself, by lineage, with the versions that were held. */
  async childrenAcrossVersions(lineageId: LineageId): Promise<readonly HeldLineage[]> {
    return this.#history.childrenAcrossVersions(await this.#pending.askLineage(lineageId));
  }

  /** Whether this very version is stored. */
  async has(ecsId: EcsId): Promise<boolean> {
    return (await this.coldSnapshot(ecsId)) !== undefined;
  }

  /** Whether any version of the lineage is stored. */
  async hasLineage(lineageId: LineageId): Promise<boolean> {
    return (await this.heads(lineageId)).length > 0;
  }

  /** The stored form of one version; frozen. */
  async coldSnapshot(ecsId: EcsId): Promise<EntityRecord | undefined> {
    const [stored] = await this.storage.read(await this.#pending.ask([ecsId]));
    return stored?.record;
  }

  /** The versions that this one descends from by `parentId`, oldest first, without itself. */
  async ancestors(ecsId: EcsId): Promise<readonly EcsId[]> {
    const version = await this.coldSnapshot(ecsId);
    return this.#history.ancestors(version ?? notFound(`version ${ecsId}`));
  }

  /** All versions of an entity, what each changed, and how they descend from one another. */
  async lineage(lineageId: LineageId): Promise<Lineage> {
    return this.#history.lineage(await this.#pending.askLineage(lineageId));
  }

  /**
   * Makes a new version on top of the head with the content of an old one, sub-entities included; history stays. The
   * entity's warm copies move to the result.
   *
   * @throws MiError of code MI_REGISTRY_USAGE when the entity has changes that are not committed, or when the lineage has
   *   several heads and neither `onto` nor the entity says which
   */
  async revert<T extends object>(entity: T, to: EcsId, options: RevertOptions = {}): Promise<T> {
    refuseInTrace("revert()");
    await revert(entity, parseEcsId(to), options, this.#workshop);
    return entity;
  }

  /**
   * Joins another version of the same entity into this one, over their nearest common ancestor: by lineage, field by
   * field, lists with the insertions of both. What one side changed is taken; where both did, one version with both
   * parents is made. The entity's warm copies move to the result. With `preview` nothing is written.
   *
   * @param theirs an entity, or the id of a version
   * @throws MergeConflictError listing every conflict, when there is no `resolve`
   * @throws EntityValidationError, UnsupportedValueError when an answer, or both sides together, break a rule; then, too,
   *   nothing is written
   */
  merge(
    ours: object,
    theirs: object | EcsId,
    options: MergeOptions & { readonly preview: true },
  ): Promise<MergePreview>;
  merge<T extends object>(
    ours: T,
    theirs: object | EcsId,
    options?: MergeOptions & { readonly preview?: false | undefined },
  ): Promise<T>;
  async merge(
    ours: object,
    theirs: object | EcsId,
    options: MergeOptions & { readonly preview?: boolean | undefined } = {},
  ): Promise<unknown> {
    const state = requireState(ours);
    if (options.preview === true) return previewMerge(state, theirs, options, this.#workshop);
    refuseInTrace("merge()");
    await mergeInto(state, theirs, options, this.#workshop);
    return ours;
  }

  /** What differs between two versions, which may be of any lineages of one type. */
  async diff(from: EcsId, to: EcsId): Promise<EntityDiff> {
    const [before = from, after = to] = await this.#pending.ask([from, to]);
    return this.#history.diff(before, after);
  }

  /** What differs between the trees of two versions, entity by entity. */
  async diffTrees(from: EcsId, to: EcsId): Promise<TreeDiff> {
    const [before = from, after = to] = await this.#pending.ask([from, to]);
    return this.#history.diffTrees(before, after);
  }

  /** The audit trail in storage order: who, when, why, by what operation, and which versions were made. */
  commits(query: AuditQuery = {}): AsyncIterable<CommitEntry> {
    return this.#history.commits({
      ...query,
      ...(query.lineageId !== undefined && { lineageId: parseLineageId(query.lineageId) }),
      since: query.since === undefined ? undefined : instant(query.since, "since").toISOString(),
      until: query.until === undefined ? undefined : instant(query.until, "until").toISOString(),
    });
  }

  /**
   * Lineages with their whole history as lines of newline-delimited JSON (without the line ends), for `importBundle` over
   * any other storage: all their versions, and all that those hold, descend from or merged.
   */
  async *exportLineages(lineages: LineageId | readonly LineageId[]): AsyncGenerator<string> {
    const wanted = typeof lineages === "string" ? [lineages] : lineages;
    for (const lineageId of wanted) await this.#pending.askLineage(lineageId);
    yield* exportLineages(wanted, this.storage);
  }

  /**
   * Writes what `exportLineages` gave, here. Importing twice changes nothing.
   *
   * @throws BundleError naming the line that can't be read; the commits before it are imported
   */
  async importBundle(lines: Iterable<string> | AsyncIterable<string>): Promise<ImportResult> {
    const result = await importBundle(lines, this.storage);
    this.#logger.info({ ...result }, "bundle imported");
    return result;
  }

  /** What the storage holds, and how many new entities wait to be registered. */
  async status(): Promise<StorageStats & { readonly pending: number }> {
    return { ...(await this.storage.stats()), pending: this.#pending.size };
  }

  /**
   * Calls `listener` at each such event, once it has happened. What a listener throws breaks nothing: it is logged as an
   * error, or without a logger becomes an uncaught error of the process.
   *
   * @example
   * const stop = registry.on("commit", ({ header, versions }) => {
   *   console.log(header.actor, versions.length);
   * });
   * @returns a function that ends it
   */
  on<Name extends keyof RegistryEvents>(
    name: Name,
    listener: (event: RegistryEvents[Name]) => unknown,
  ): () => void {
    return this.#reporter.events.on(name, listener);
  }

  /** Which traced calls are reported from now on. */
  setTraceSeverity(severity: TraceSeverity): void {
    this.#reporter.severity = severity;
  }

  /** Deletes everything in the storage. */
  async clear(options: { readonly confirm: true }): Promise<void> {
    if (options?.confirm !== true)
      throw usageError("clear() deletes all versions; say so with clear({ confirm: true })");
    await this.storage.clear();
    this.#logger.warn({}, "storage cleared");
  }

  /** Closes the storage. */
  async close(): Promise<void> {
    await this.storage.close();
  }

  #scope(context: CommitContext, keepsNew = true): Scope {
    const merged = mergeContexts(currentScope()?.context, context);
    return { registry: this.#ambient, context: merged, keepsNew };
  }

  get #workshop(): Workshop {
    return { storage: this.storage, types: this.#types, home: this.#ambient };
  }

  async #latestOf(lineages: readonly LineageId[]): Promise<readonly WarmState[]> {
    for (const lineageId of lineages) await this.#pending.askLineage(lineageId);
    const heads = await this.storage.heads(lineages);
    const states = await this.#loader.states(heads.flatMap((own) => own[own.length - 1] ?? []));
    return states.filter((state) => state !== undefined);
  }
}

/** A traced call is one commit, which is made at its end. */
function refuseInTrace(what: string): void {
  const trace = currentTrace();
  if (trace === undefined) return;
  throw usageError(
    `${what} inside ${trace.title} would be a commit of its own, which the call could not take back; call it before or after`,
  );
}

function instant(time: Instant, what: string): Date {
  const date = typeof time === "string" ? new Date(time) : time;
  if (types.isDate(date) && !Number.isNaN(date.getTime())) return date;
  throw usageError(
    typeof time === "string"
      ? `${what} must be an instant as ISO 8601, got ${JSON.stringify(time)}`
      : `${what} needs a valid date, a Date or text as ISO 8601`,
  );
}

import type { EntityStorage } from "@mi/ecs";

/** What a backend gives the kit: fresh, empty places to store. */
export interface ConformanceTarget {
  readonly name: string;
  /** A fresh, empty medium that shares nothing with any other. Called once or more per clause. */
  create(context: { readonly seed: number }): Promise<Medium>;
}

/** One place to store: a file, a schema, a map. */
export interface Medium {
  readonly facts: MediumFacts;
  /** Each call gives one more instance on the same data; after all were closed it reopens the medium. */
  open(): Promise<EntityStorage>;
  /** Called once, after every instance was closed or has crashed. */
  destroy(): Promise<void>;
  readonly faults?: MediumFaults | undefined;
}

/** What is true of a medium; a backend publishes it to its users. No fact switches off a rule of the contract. */
export interface MediumFacts {
  /** What was committed outlives the process, and all its instances. */
  readonly durable: boolean;
  /** Several processes may have the medium open at once. */
  readonly multiProcess: boolean;
  /** The most bytes of UTF-8 that the data of one record may have. */
  readonly maxPayloadBytes: number;
}

/** Ways to break things on purpose. Each is optional; the clauses that need a missing one are reported as not run. */
export interface MediumFaults {
  /**
   * Ends an instance as the death of its process would: nothing is finished, nothing is released in order. It is not
   * closed afterwards; `destroy` comes after it all the same.
   */
  readonly crash?: ((storage: EntityStorage) => Promise<void>) | undefined;
  /** The next commit of the instance is stored, but its caller gets a `StorageError` with `retryable`. */
  readonly loseNextReply?: ((storage: EntityStorage) => Promise<void>) | undefined;
  /**
   * The next commit of the instance fails just before its write number `write`, from 0; one with fewer writes
   * succeeds. A failed instance is only closed afterwards.
   */
  readonly failNextCommit?: ((storage: EntityStorage, write: number) => Promise<void>) | undefined;
  /**
   * From now on `listener` hears of each event in the commits of the instance, just before it happens, and says what
   * becomes of it. Every place where a death of the process would leave another state on the medium is an event.
   */
  readonly onEvent?:
    ((storage: EntityStorage, listener: StorageEventListener) => Promise<void>) | undefined;
}

/** `begin` of a commit, each `write`, and what makes it visible: `commit`; `committed` comes before the answer. */
export type StorageEvent = "begin" | "write" | "commit" | "committed";

/**
 * `fail`: the event does not happen, and the commit rejects, as when a disk is full. `stop`: neither it nor anything
 * after it happens, and the commit never settles, as when the process dies.
 */
export type StorageEventOutcome = "go on" | "fail" | "stop";

/** Told where a backend stands in a commit; answers what happens there. */
export type StorageEventListener = (event: StorageEvent) => StorageEventOutcome;

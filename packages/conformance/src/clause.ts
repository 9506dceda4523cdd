import type { EntityStorage, MiError, StorageErrorCode } from "@mi/ecs";
import type { Fixtures } from "./fixtures/fixtures.ts";
import type { Random } from "./random.ts";
import type { RuleName } from "./rules.ts";
import type { Medium, MediumFaults } from "./target.ts";

/** MUST: a backend that fails it does not keep the contract. SHOULD: a backend may fail it, and has to say why. */
export type ClauseLevel = "MUST" | "SHOULD";

/** What part of the contract a clause is about. */
export type ClauseArea =
  | "harness"
  | "commit"
  | "idempotence"
  | "heads"
  | "conflict"
  | "lists"
  | "trees"
  | "text"
  | "paging"
  | "audit"
  | "refs"
  | "races"
  | "immutability"
  | "lifecycle"
  | "model"
  | "faults"
  | "types"
  | "time"
  | "large"
  | "core";

/** A fact that must be true of the medium, or a fault hook that it must have. */
export type Need = "durable" | keyof MediumFaults;

/** `gate`: for every change. `soak`: longer random runs and races, e.g. each night. */
export type Budget = "gate" | "soak";

/** One rule of the storage contract, and its proof. */
export interface Clause {
  /** Stable for ever: an id is never used for another rule. */
  readonly id: string;
  readonly level: ClauseLevel;
  readonly area: ClauseArea;
  /** The rule, as one sentence. */
  readonly title: string;
  /** What goes wrong for users of a backend that breaks it. */
  readonly why: string;
  /** The rules of `@mi/ecs` that would not hold over a storage that breaks this clause. */
  readonly rules?: readonly RuleName[] | undefined;
  readonly needs?: readonly Need[] | undefined;
  /** Throws when the rule does not hold. */
  run(t: ClauseContext): Promise<void>;
}

/** What a clause works with while it runs. */
export interface ClauseContext {
  /** Differs from clause to clause; the same in each run with the same seed. */
  readonly seed: number;
  readonly budget: Budget;
  readonly random: Random;
  readonly make: Fixtures;
  /** A fresh medium, for this run of this clause alone. */
  readonly medium: Medium;
  /** One more instance on `medium`, or on another one; closed when the clause ends. */
  open(medium?: Medium): Promise<EntityStorage>;
  /** Lets an instance on `medium`, or on another one, die by the hook for that; it is not closed afterwards. */
  crash(storage: EntityStorage, medium?: Medium): Promise<void>;
  /** Another fresh medium; destroyed when the clause ends. */
  createMedium(): Promise<Medium>;
  /** Fails unless both are equal by content: same keys, same order of arrays and lists. */
  equal(actual: unknown, expected: unknown, what: string): void;
  /** Fails unless the condition holds; `what` says what was looked at. */
  ok(condition: boolean, what: string): void;
  /** The value; fails when there is none. */
  present<T>(value: T | undefined, what: string): T;
  /** The error with which `work` rejects; fails unless it is a typed one with this code. */
  rejects(work: () => Promise<unknown>, code: StorageErrorCode, what: string): Promise<MiError>;
  /** Adds a line to the trace that a failure of this clause shows. */
  note(line: string): void;
}

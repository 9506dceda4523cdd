import { MiError } from "@mi/ecs";
import type { EntityStorage, StorageErrorCode } from "@mi/ecs";
import { firstDifference } from "../assert/first-difference.ts";
import { valueText } from "../assert/value-text.ts";
import type { Budget, Clause, ClauseContext } from "../clause.ts";
import { ConformanceError } from "../conformance-error.ts";
import { Fixtures } from "../fixtures/fixtures.ts";
import { Random, seedFor } from "../random.ts";
import type { ConformanceTarget, Medium, MediumFacts } from "../target.ts";

const longestTrace = 12;

export interface RunSettings {
  readonly seed: number;
  readonly budget: Budget;
}

/** One run of one clause: its checks, and all that it opened. */
export class ClauseRun implements ClauseContext {
  readonly seed: number;
  readonly budget: Budget;
  readonly random: Random;
  readonly make: Fixtures;
  readonly medium: Medium;
  readonly #clause: Clause;
  readonly #target: ConformanceTarget;
  readonly #runSeed: number;
  readonly #media: Medium[];
  readonly #instances = new Set<EntityStorage>();
  readonly #trace: string[] = [];

  private constructor(
    target: ConformanceTarget,
    clause: Clause,
    settings: RunSettings,
    medium: Medium,
  ) {
    this.#target = target;
    this.#clause = clause;
    this.#runSeed = settings.seed;
    this.seed = seedFor(settings.seed, clause.id);
    this.budget = settings.budget;
    this.random = new Random(this.seed);
    this.make = new Fixtures(this.seed);
    this.medium = medium;
    this.#media = [medium];
  }

  static async start(
    target: ConformanceTarget,
    clause: Clause,
    settings: RunSettings,
  ): Promise<ClauseRun> {
    const medium = await target.create({ seed: seedFor(settings.seed, clause.id) });
    requireMedium(medium, target.name);
    return new ClauseRun(target, clause, settings, medium);
  }

  async open(medium: Medium = this.medium): Promise<EntityStorage> {
    const storage = await medium.open();
    this.#instances.add(storage);
    return storage;
  }

  async crash(storage: EntityStorage, medium: Medium = this.medium): Promise<void> {
    await medium.faults?.crash?.(storage);
    this.#instances.delete(storage);
  }

  async createMedium(): Promise<Medium> {
    const medium = await this.#target.create({ seed: this.seed + this.#media.length });
    requireMedium(medium, this.#target.name);
    this.#media.push(medium);
    return medium;
  }

  equal(actual: unknown, expected: unknown, what: string): void {
    const found = firstDifference(actual, expected);
    if (found === undefined) return;
    const place = found.path === "" ? "" : `, at ${found.path}`;
    throw this.#failure(what + place, valueText(found.expected), valueText(found.actual));
  }

  ok(condition: boolean, what: string): void {
    if (!condition) throw this.#failure(what, "true", "false");
  }

  present<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw this.#failure(what, "a value", "undefined");
    return value;
  }

  async rejects(
    work: () => Promise<unknown>,
    code: StorageErrorCode,
    what: string,
  ): Promise<MiError> {
    let answer: unknown;
    try {
      answer = await work();
    } catch (error) {
      if (MiError.is(error) && error.code === code) return error;
      throw this.#failure(what, `an error with the code ${code}`, valueText(error), error);
    }
    throw this.#failure(what, `an error with the code ${code}`, `the answer ${valueText(answer)}`);
  }

  get trace(): readonly string[] {
    return [...this.#trace];
  }

  note(line: string): void {
    this.#trace.push(line);
    if (this.#trace.length > longestTrace) this.#trace.shift();
  }

  /** Closes and destroys all, whatever fails on the way; then throws the first failure. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const instance of this.#instances) await attempt(() => instance.close());
    for (const medium of this.#media) await attempt(() => medium.destroy());
    if (failures.length > 0)
      throw this.#failure(
        "cleaning up after the clause",
        "close() and destroy() resolve",
        failures.map((failure) => valueText(failure)).join("; "),
        failures[0],
      );
  }

  #failure(what: string, expected: string, actual: string, cause?: unknown): ConformanceError {
    return new ConformanceError(
      {
        clause: this.#clause.id,
        what,
        expected,
        actual,
        seed: this.#runSeed,
        trace: this.trace,
      },
      cause,
    );
  }
}

/** Targets in JavaScript are not checked by a compiler. */
function requireMedium(medium: Partial<Medium> | undefined, target: string): void {
  const missing = ["open", "destroy", "facts"].filter(
    (name) => Reflect.get(Object(medium), name) === undefined,
  );
  if (missing.length > 0)
    throw usage(target, `must answer a medium; ${missing.join(", ")} is missing`, { missing });
  const { durable, multiProcess, maxPayloadBytes }: Partial<MediumFacts> = medium?.facts ?? {};
  const wrong = [
    ...(typeof durable === "boolean" ? [] : ["durable is true or false"]),
    ...(typeof multiProcess === "boolean" ? [] : ["multiProcess is true or false"]),
    ...(Number.isSafeInteger(maxPayloadBytes) && Number(maxPayloadBytes) > 0
      ? []
      : ["maxPayloadBytes is a whole number of 1 or more"]),
  ];
  if (wrong.length > 0)
    throw usage(target, `must answer a medium whose facts make sense: ${wrong.join(", ")}`, {
      facts: medium?.facts,
    });
}

function usage(
  target: string,
  problem: string,
  details: Readonly<Record<string, unknown>>,
): MiError {
  return new MiError(
    "MI_CONFORMANCE_USAGE",
    `create() of the target ${JSON.stringify(target)} ${problem}`,
    { details: { target, ...details } },
  );
}

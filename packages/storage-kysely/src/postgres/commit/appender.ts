import { MiError } from "@mi/ecs";
import type { Commit, CommitResult, VersionWrite } from "@mi/ecs";
import { NO_HEAD, NOT_THERE } from "../schema/append-function.ts";
import type { Session, Statement } from "../session.ts";
import { appendArguments } from "./append-arguments.ts";
import type { KnownVersions } from "./known-versions.ts";
import { learnAppended } from "./learn.ts";

const ARGUMENT_COUNT = 41;

/**
 * What was taken for granted is not so: an id or a place is taken, a type or a version is gone, or one of the function's own
 * checks says no.
 */
const REFUSALS: readonly unknown[] = ["23505", "23502", "23503", NO_HEAD, NOT_THERE];

/**
 * Applies commits whose surroundings this process knows, which is most of them: turns on a conversation that it has
 * written before. Half the work of the server.
 */
export class Appender {
  readonly #session: Session;
  readonly #known: KnownVersions;
  readonly #synchronousCommit: "on" | "off" | null;
  readonly #append: Statement;

  constructor(
    session: Session,
    known: KnownVersions,
    schema: string,
    synchronousCommit: "on" | "off" | null,
  ) {
    this.#session = session;
    this.#known = known;
    this.#synchronousCommit = synchronousCommit;
    const places = Array.from({ length: ARGUMENT_COUNT }, (_, i) => `$${i + 1}`);
    this.#append = {
      name: "mi_append",
      text: `select ${schema}.mi_append(${places.join(",")})::text as answer`,
    };
  }

  /** `undefined` when nothing was written: the commit is of another kind, or something has changed. */
  async apply(commit: Commit, writes: readonly VersionWrite[]): Promise<CommitResult | undefined> {
    const append = appendArguments(commit, writes, this.#known);
    if (append === undefined) return undefined;
    const answer = await this.#ask([this.#synchronousCommit, ...append.values]);
    const [number, ...segments] = answer;
    if (number === undefined) return undefined;
    learnAppended(this.#known, number, segments, append, writes);
    return { status: "committed", sequence: number };
  }

  /** The numbers of the answer; none when the function has refused. */
  async #ask(values: readonly unknown[]): Promise<readonly number[]> {
    try {
      const [row] = await this.#session.run<readonly [answer: string | null]>(this.#append, values);
      return (row?.[0] ?? "").match(/\d+/g)?.map(Number) ?? [];
    } catch (error) {
      if (!MiError.is(error) || !REFUSALS.includes(error.details["driverCode"])) throw error;
      // Then nothing is where it was.
      if (error.details["driverCode"] === NOT_THERE) this.#known.forget();
      return [];
    }
  }
}

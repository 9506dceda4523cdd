import { Fixtures } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import type { Commit, EntityStorage } from "@mi/ecs";
import { Ledger } from "./ledger.ts";

/** Writers of this process that go on until they are told to stop, and repeat what may be repeated. */
export class BusyWriters {
  readonly ledger = new Ledger();
  /** The codes of errors that came, and how often. */
  readonly errors = new Map<string, number>();
  #isStopping = false;
  readonly #all: Promise<void>[];

  /** Each writes a line of an entity of its own. */
  constructor(storage: EntityStorage, seed: number, count: number) {
    this.#all = Array.from({ length: count }, (_, i) => this.#write(storage, seed * 100 + i));
  }

  get acknowledged(): number {
    return this.ledger.acknowledged.size;
  }

  /** Waits for so many more acknowledgements. */
  async acknowledgeMore(count: number): Promise<void> {
    const goal = this.acknowledged + count;
    while (this.acknowledged < goal) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#all);
  }

  async #write(storage: EntityStorage, seed: number): Promise<void> {
    const make = new Fixtures(seed);
    let head = make.version();
    await this.#send(storage, make.commit({ versions: [head] }));
    while (!this.#isStopping) {
      const next = make.version({ parent: head, refs: [make.version({ ecsId: head.ecsId })] });
      await this.#send(storage, make.commit({ versions: [next], mustBeHeads: [head] }));
      head = next;
      // A storage that answers at once would let nobody else in.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Until it is acknowledged. */
  async #send(storage: EntityStorage, commit: Commit): Promise<void> {
    this.ledger.begin(commit);
    for (;;) {
      try {
        const { status } = await storage.commit(commit);
        this.ledger.settle(commit.header.id, status);
        return;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        this.errors.set(error.code, (this.errors.get(error.code) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}

function isRetryable(error: unknown): error is MiError {
  return MiError.is(error) && "retryable" in error && error.retryable === true;
}

import type {
  ConformanceTarget,
  Medium,
  StorageEvent,
  StorageEventListener,
} from "@mi/conformance";
import { StorageError } from "@mi/ecs";
import type { Commit, CommitResult, EntityStorage } from "@mi/ecs";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";
import { delegating } from "./delegating.ts";

/** What a commit of an instance does in place of committing. */
type Fault = (commit: Commit, inner: EntityStorage) => Promise<CommitResult>;

/** How each hook breaks a commit. Replaced by the tests that break a hook. */
export interface FaultBehaviour {
  readonly loseReply: Fault;
  readonly failAt: (write: number) => Fault;
  readonly tell: (listener: StorageEventListener) => Fault;
}

export const soundFaults: FaultBehaviour = {
  async loseReply(commit, inner) {
    await inner.commit(commit);
    throw lostConnection(true);
  },
  failAt: (write) => async (commit, inner) => {
    if (write < writesOf(commit)) throw lostConnection(true);
    return inner.commit(commit);
  },
  tell: (listener) => async (commit, inner) => {
    await happen(listener, "begin");
    for (let write = 0; write < writesOf(commit); write++) await happen(listener, "write");
    await happen(listener, "commit");
    const result = await inner.commit(commit);
    await happen(listener, "committed");
    return result;
  },
};

export function lostConnection(retryable: boolean): StorageError {
  return new StorageError("MI_STORAGE_CONNECTION", "The connection is gone", { retryable });
}

/** Lets an event happen, fail or never end, as the listener says. */
export async function happen(listener: StorageEventListener, event: StorageEvent): Promise<void> {
  const outcome = listener(event);
  if (outcome === "fail") throw lostConnection(true);
  if (outcome === "stop") await new Promise<never>(() => undefined);
}

function writesOf({ versions, refMoves }: Commit): number {
  return 1 + versions.length + refMoves.length;
}

/**
 * Memory with every fault hook. The medium outlives its instances, which is all that "durable" means to the clauses
 * that ask for it.
 */
export function faultyTarget(behaviour: FaultBehaviour): ConformanceTarget {
  return {
    name: "memory with faults",
    create: async () => faultyMedium(new MemoryMedium(), behaviour),
  };
}

function faultyMedium(medium: MemoryMedium, behaviour: FaultBehaviour): Medium {
  const armed = new WeakMap<EntityStorage, Fault>();
  const lasting = new WeakMap<EntityStorage, Fault>();
  return {
    facts: { durable: true, multiProcess: false, maxPayloadBytes: 2 ** 28 },
    async open() {
      const inner = new MemoryStorage({ medium });
      const outer: EntityStorage = delegating(inner, {
        async commit(commit) {
          const fault = armed.get(outer) ?? lasting.get(outer);
          armed.delete(outer);
          return fault === undefined ? inner.commit(commit) : fault(commit, inner);
        },
      });
      return outer;
    },
    destroy: async () => undefined,
    faults: {
      crash: async () => undefined,
      loseNextReply: async (storage) => void armed.set(storage, behaviour.loseReply),
      failNextCommit: async (storage, write) => void armed.set(storage, behaviour.failAt(write)),
      onEvent: async (storage, listener) => void lasting.set(storage, behaviour.tell(listener)),
    },
  };
}

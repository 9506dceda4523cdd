import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceTarget, StorageEvent, StorageEventListener } from "@mi/conformance";
import { StorageError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { FolderStorage } from "../src/folder-storage.ts";

/** What the next steps of an instance are told to do. */
type Hook = (step: StorageEvent) => Promise<void>;

/** Each medium is a folder of its own; each instance can be made to fail at any step. */
export const target: ConformanceTarget = {
  name: "files in a folder",
  async create() {
    const folder = await mkdtemp(join(tmpdir(), "mi-folder-"));
    const hooks = new WeakMap<EntityStorage, Hook>();
    return {
      facts: { durable: true, multiProcess: true, maxPayloadBytes: 2 ** 28 },
      async open() {
        const storage: FolderStorage = await FolderStorage.open(folder, {
          beforeStep: async (step) => hooks.get(storage)?.(step),
        });
        return storage;
      },
      destroy: () => rm(folder, { recursive: true }),
      faults: {
        // Nothing is held that a process that dies would have to give back.
        crash: async () => undefined,
        loseNextReply: async (storage) => {
          hooks.set(storage, async (step) => {
            if (step !== "committed") return;
            hooks.delete(storage);
            throw lost();
          });
        },
        failNextCommit: async (storage, write) => {
          let writes = 0;
          hooks.set(storage, async (step) => {
            if (step === "committed") hooks.delete(storage);
            const isWrite = step === "write" || step === "commit";
            if (isWrite && writes++ === write) throw lost();
          });
        },
        onEvent: async (storage, listener) => {
          hooks.set(storage, (step) => happen(listener, step));
        },
      },
    };
  },
};

async function happen(listener: StorageEventListener, step: StorageEvent): Promise<void> {
  const outcome = listener(step);
  if (outcome === "fail") throw lost();
  if (outcome === "stop") await new Promise<never>(() => undefined);
}

function lost(): StorageError {
  return new StorageError("MI_STORAGE_CONNECTION", "The disk is gone", { retryable: true });
}

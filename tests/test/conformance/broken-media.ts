import { setImmediate } from "node:timers/promises";
import { Fixtures } from "@mi/conformance";
import type { ConformanceTarget, Medium } from "@mi/conformance";
import { MemoryStorage } from "@mi/storage-memory";
import { parseCommitId, StorageError, uuidV7Ids } from "@mi/ecs";
import { faultyTarget, happen, lostConnection, soundFaults } from "./faulty-target.ts";
import { memoryTarget } from "./memory-target.ts";

export interface BrokenMedium {
  readonly name: string;
  /** Of the clauses on the harness and on faults: those that must fail. */
  readonly caughtBy: readonly string[];
  readonly target: ConformanceTarget;
}

const sound = faultyTarget(soundFaults);

export const brokenMedia: readonly BrokenMedium[] = [
  {
    name: "is created once for all clauses",
    caughtBy: ["C-002", "C-005", "C-006", "C-300", "C-305", "C-306", "C-307"],
    target: always(sound),
  },
  {
    name: "is not empty at the start",
    caughtBy: ["C-001", "C-006"],
    target: {
      name: "used memory",
      async create(context) {
        const medium = await memoryTarget.create(context);
        const make = new Fixtures(1);
        await (await medium.open()).commit(make.commit({ versions: [make.version()] }));
        return medium;
      },
    },
  },
  {
    name: "gives each instance a place of its own",
    caughtBy: ["C-003", "C-005", "C-006"],
    target: changed(memoryTarget, () => ({ open: async () => new MemoryStorage() })),
  },
  {
    name: "makes its tables without a lock: who opens it while another one does fails",
    caughtBy: ["C-006"],
    target: changed(memoryTarget, (medium) => {
      let isMade = false;
      let isBeingMade = false;
      return {
        async open() {
          if (isBeingMade) throw new StorageError("MI_STORAGE_OPEN", "relation exists already");
          isBeingMade = !isMade;
          await setImmediate();
          isMade = true;
          isBeingMade = false;
          return medium.open();
        },
      };
    }),
  },
  {
    name: "is called durable and forgets what was committed",
    caughtBy: [
      "C-003",
      "C-004",
      "C-005",
      "C-006",
      "C-300",
      "C-301",
      "C-302",
      "C-303",
      "C-304",
      "C-305",
      "C-306",
      "C-307",
    ],
    target: changed(sound, ({ facts }) => ({
      facts: { ...facts, durable: true },
      open: async () => new MemoryStorage(),
    })),
  },
  {
    name: "loses an answer with an error that says not to retry",
    caughtBy: ["C-300"],
    target: faultyTarget({
      ...soundFaults,
      async loseReply(commit, inner) {
        await inner.commit(commit);
        throw lostConnection(false);
      },
    }),
  },
  {
    name: "loses the commit with its answer",
    caughtBy: ["C-300", "C-304", "C-305"],
    target: faultyTarget({
      ...soundFaults,
      async loseReply() {
        throw lostConnection(true);
      },
    }),
  },
  {
    name: "keeps half of a commit that failed",
    caughtBy: ["C-301", "C-303"],
    target: faultyTarget({
      ...soundFaults,
      failAt: (write) => async (commit, inner) => {
        if (write === 0) throw lostConnection(true);
        const versions = commit.versions.slice(0, write);
        await inner.commit({ ...commit, versions, refMoves: [] });
        throw lostConnection(true);
      },
    }),
  },
  {
    name: "shows the versions of a commit before its refs have moved",
    caughtBy: ["C-306", "C-307"],
    target: faultyTarget({
      ...soundFaults,
      tell: (listener) => async (commit, inner) => {
        await happen(listener, "commit");
        const { refMoves } = commit;
        const first = await inner.commit({ ...commit, refMoves: [] });
        await happen(listener, "write");
        if (first.status !== "committed" || refMoves.length === 0) return first;
        const header = { ...commit.header, id: parseCommitId(uuidV7Ids.next()) };
        await inner.commit({ header, versions: [], mustBeHeads: [], refMoves });
        return first;
      },
    }),
  },
  {
    name: "answers before it has committed",
    caughtBy: ["C-307"],
    target: faultyTarget({
      ...soundFaults,
      tell: (listener) => async (commit, inner) => {
        await happen(listener, "begin");
        const committing = (async () => {
          await happen(listener, "commit");
          return inner.commit(commit);
        })();
        committing.catch(() => undefined);
        return { status: "committed", sequence: 1 };
      },
    }),
  },
  {
    name: "tells no events",
    caughtBy: ["C-306", "C-307"],
    target: faultyTarget({ ...soundFaults, tell: () => (commit, inner) => inner.commit(commit) }),
  },
  {
    name: "loses the newest commit in a crash",
    caughtBy: ["C-302", "C-303", "C-304", "C-306"],
    target: changed(sound, (medium) => ({
      faults: {
        ...medium.faults,
        async crash() {
          const storage = await medium.open();
          await storage.clear();
        },
      },
    })),
  },
];

function changed(
  target: ConformanceTarget,
  change: (medium: Medium) => Partial<Medium>,
): ConformanceTarget {
  return {
    name: target.name,
    async create(context) {
      const medium = await target.create(context);
      return { ...medium, ...change(medium) };
    },
  };
}

/** One medium for everyone. */
function always(target: ConformanceTarget): ConformanceTarget {
  const only = target.create({ seed: 0 });
  return { name: target.name, create: async () => only };
}

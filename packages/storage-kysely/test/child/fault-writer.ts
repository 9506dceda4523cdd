import { writeSync } from "node:fs";
import { Fixtures, Random } from "@mi/conformance";
import { parseLineageId } from "@mi/ecs";
import type { Commit, EntityRecord, EntityStorage } from "@mi/ecs";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import { broken } from "../faults/broken-storage.ts";
import { tellingDatabase, tellingPool } from "../faults/dying-driver.ts";
import type { WriterOrder } from "../faults/kill-trial.ts";
import { LedgerLine } from "../faults/ledger.ts";

/**
 * Appends to one shared entity, and says on its output what a ledger takes: before each commit what it will send, after
 * it what the answer was. With `dieAt` it kills itself at that moment of its driver.
 */
const order = JSON.parse(process.argv[2] ?? "") as WriterOrder;
const make = new Fixtures(order.seed);
const random = new Random(order.seed);
const lineageId = parseLineageId(order.lineage);
/** How many moments the present commit has had, and how many are left to live. */
let moments = 0;
let left = Number.POSITIVE_INFINITY;
/** Whether to die when a commit is half written. */
let diesBetween = false;
const storage = broken(await open(), order.broken, () => {
  if (diesBetween) left = 0;
});

for (let i = 0; i < order.commits; i++) {
  const commit = await nextTurn();
  say(LedgerLine.begin(commit));
  const share = i === order.dieAt?.commit ? order.dieAt.share : undefined;
  diesBetween = share === "between-transactions";
  // A commit has about as many moments as the one before.
  if (typeof share === "number") left = Math.floor(share * moments);
  moments = 0;
  const { status } = await storage.commit(commit);
  left = Number.POSITIVE_INFINITY;
  if (typeof share === "number" && share < 2) die();
  say(status === "conflict" ? LedgerLine.conflict(commit) : LedgerLine.ack(commit));
  if (share !== undefined) die();
}
process.exit();

async function open(): Promise<EntityStorage> {
  const { engine, at } = order.place;
  const { durability } = order;
  if (order.dieAt !== undefined)
    return engine === "sqlite"
      ? SqliteStorage.open(tellingDatabase(at, moment), { durability })
      : PostgresStorage.open(tellingPool(at, moment), { durability });
  return engine === "sqlite"
    ? SqliteStorage.open(at, { busyTimeoutMs: 30_000, durability })
    : PostgresStorage.open(at, { max: 2, durability });
}

/** At once: what is said is said when the process dies in the next moment. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // Nobody has read for a while.
      if (!isFull(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function isFull(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "EAGAIN";
}

function moment(): void {
  moments++;
  if (left-- === 0) die();
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

/** A few messages, and the shared entity with them in its list. */
async function nextTurn(): Promise<Commit> {
  const messages = Array.from({ length: 1 + random.below(order.messages) }, () =>
    make.version({ type: "Message" }),
  );
  const [ids] = await storage.heads([lineageId]);
  const head = ids?.at(-1);
  const [stored] = head === undefined ? [] : await storage.read([head]);
  if (stored === undefined) throw new Error(`the lineage ${lineageId} isn't there`);
  const base: EntityRecord = stored.record;
  const at = base.lists[0]?.length ?? 0;
  const insert = messages.map(({ ecsId }) => ecsId);
  const thread = make.edited(base, [[{ at, remove: 0, insert }]], { type: "Thread" });
  return make.commit({ versions: [...messages, thread], mustBeHeads: [base] });
}

import { Fixtures } from "@mi/conformance";
import { parseLineageId } from "@mi/ecs";
import type { EntityRecord } from "@mi/ecs";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";

/**
 * Appends to one shared entity: reads its head, commits a version on top of it that must be a head, and says
 * "ack <commit id> <conflicts before it>" when that is acknowledged. Arguments: path, seed, lineage, how many.
 */
const [path = "", seed = "", lineage = "", count = ""] = process.argv.slice(2);
const make = new Fixtures(Number(seed));
const lineageId = parseLineageId(lineage);
const storage = await SqliteStorage.open(path, { busyTimeoutMs: 60_000 });

for (let i = 0; i < Number(count); i++) {
  let conflicts = 0;
  for (;;) {
    const commit = make.commit(await nextTurn());
    const { status } = await storage.commit(commit);
    if (status === "committed") {
      console.log(`ack ${commit.header.id} ${conflicts}`);
      break;
    }
    conflicts++;
  }
}
await storage.close();

/** Two messages, and the shared entity with both in its list. */
async function nextTurn() {
  const messages = [make.version({ type: "Message" }), make.version({ type: "Message" })];
  const [ids] = await storage.heads([lineageId]);
  const head = ids?.at(-1);
  const [stored] = head === undefined ? [] : await storage.read([head]);
  if (stored === undefined) {
    const thread = make.version({ type: "Thread", lineageId, lists: [messages] });
    return { versions: [...messages, thread] };
  }
  const base: EntityRecord = stored.record;
  const at = base.lists[0]?.length ?? 0;
  const insert = messages.map(({ ecsId }) => ecsId);
  const thread = make.edited(base, [[{ at, remove: 0, insert }]], { type: "Thread" });
  return { versions: [...messages, thread], mustBeHeads: [base] };
}

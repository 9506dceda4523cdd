import { Fixtures } from "@mi/conformance";
import { parseLineageId } from "@mi/ecs";
import { FolderStorage } from "../../src/folder-storage.ts";

/**
 * Appends messages to one thread, each as one commit on top of its head, and prints the id of each when it is
 * committed. Arguments: folder, seed, lineage of the thread, how many.
 */
const [folder = "", seed = "", lineage = "", count = ""] = process.argv.slice(2);
const make = new Fixtures(Number(seed));
const lineageId = parseLineageId(lineage);
const storage = await FolderStorage.open(folder);

for (let i = 0; i < Number(count);) {
  const [heads = []] = await storage.heads([lineageId]);
  const [head] = await storage.read(heads);
  if (head === undefined) throw new Error("The thread is not there");
  const message = make.version({ type: "Message" });
  const at = head.record.lists[0]?.length ?? 0;
  const next = make.edited(head.record, [[{ at, remove: 0, insert: [message.ecsId] }]]);
  const commit = make.commit({ versions: [message, next], mustBeHeads: [head.record] });
  const { status } = await storage.commit(commit);
  if (status === "conflict") continue;
  console.log(message.ecsId);
  i++;
}
await storage.close();

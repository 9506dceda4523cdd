import { EntityRegistry, MiError } from "@mi/ecs";
import { openAt } from "../faults/place.ts";
import { Entry, policies, SharedThread } from "../faults/shared-thread.ts";
import type { Policy, PolicyOrder } from "../faults/shared-thread.ts";

/** Adds entries to one thread under each policy, and says how often somebody else was first. */
const { place, writer, entries, threads } = JSON.parse(process.argv[2] ?? "") as PolicyOrder;
const storage = await openAt(place);
const registry = new EntityRegistry({ storage, types: [SharedThread] });
const conflicts = { branch: 0, fail: 0, merge: 0 };
let policy: Policy = "branch";
registry.on("conflict", () => void conflicts[policy]++);
for (policy of policies) {
  let thread = await registry.getOrThrow(SharedThread, threads[policy].ecsId);
  for (let i = 0; i < entries;) {
    thread.entries.push(new Entry({ text: `${writer}:${i}` }));
    try {
      await thread.fork({ onConflict: policy });
      i++;
    } catch (error) {
      if (policy !== "fail" || !MiError.is(error) || error.code !== "MI_ENTITY_CONFLICT")
        throw error;
      const latest = await registry.latest(SharedThread, threads[policy].lineageId);
      if (latest === undefined) throw error;
      thread = latest;
    }
  }
}
await storage.close();
console.log(JSON.stringify(conflicts));

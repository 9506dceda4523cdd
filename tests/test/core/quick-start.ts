import { z } from "zod";
import { entity, EntityRegistry, ref } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";

class Message extends entity("Message", {
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  tags: z.array(z.string()).default([]),
}) {}

class Thread extends entity("Thread", {
  name: z.string(),
  messages: z.array(ref(Message)).default([]),
}) {
  get length(): number {
    return this.messages.length;
  }
}

const registry = new EntityRegistry({ storage: new MemoryStorage() });

// Make and change entities like ordinary objects.
const thread = await registry.register(new Thread({ name: "trip" }), { actor: "ana" });
const question = new Message({ role: "user", content: "Where to?" });
thread.messages.push(question, new Message({ role: "assistant", content: "Lisbon." }));
await thread.fork({ actor: "ana", reason: "first turn" });

// Editing one message makes two versions: the message and the thread that holds it.
question.tags.push("travel");
console.log(thread.hasModifications());
await thread.fork({ actor: "bo" });

// Every version is still there.
const lineage = await registry.lineage(thread.lineageId);
console.log(lineage.versions.map((node) => node.changes.map((change) => change.kind)));
const [first] = lineage.roots;
if (first !== undefined) console.log((await registry.getOrThrow(Thread, first)).length);

// Branch from an old version, and merge it back: two appends do not conflict.
const branch = await registry.getOrThrow(Thread, thread.ecsId);
branch.messages.push(new Message({ role: "user", content: "By train?" }));
await branch.fork();
thread.messages.push(new Message({ role: "user", content: "By boat?" }));
await thread.fork();
await registry.merge(thread, branch);
console.log(thread.messages.map((message) => message.content));

// Who did what.
for await (const commit of registry.commits({ actor: "ana" }))
  console.log(commit.actor, commit.reason, commit.versions.length);

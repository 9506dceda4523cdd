import { describe, expect, test } from "@jest/globals";
import { type Entity, entity, entityTracer, EntityRegistry, lineageRef, ref } from "@mi/ecs";
import { InstrumentedStorage } from "@mi/ecs/storage";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";
import { fixture } from "./fixtures/library.ts";

class Document extends entity("test.weak.Document", { title: z.string() }) {}
class Report extends Document.extend("test.weak.Report", { year: z.number() }) {}

class Reply extends entity("test.weak.Reply", {
  text: z.string(),
  replyTo: lineageRef<Reply>((): unknown => Reply)
    .nullable()
    .default(null),
  sources: z.array(lineageRef(Document)).default([]),
  holes: z.array(lineageRef(Document).nullable()).optional(),
  byName: lineageRef("test.weak.Document").optional(),
  deep: z
    .object({ origin: lineageRef(Document), others: z.record(z.string(), lineageRef(Reply_)) })
    .nullable()
    .default(null),
  any: z.unknown().optional(),
}) {
  parent(): Promise<Reply | undefined> {
    return this.resolve("replyTo");
  }
}

/** A thunk that a nested position can name before the class is there. */
function Reply_(): unknown {
  return Reply;
}

class Talk extends entity("test.weak.Talk", {
  replies: z.array(ref(Reply)).default([]),
  papers: z.record(z.string(), ref(Document)).default({}),
}) {}

function talkOf(...texts: string[]): { talk: Talk; replies: Reply[] } {
  const replies: Reply[] = [];
  for (const text of texts)
    replies.push(new Reply({ text, replyTo: replies[replies.length - 1]?.lineageId ?? null }));
  return { talk: new Talk({ replies }), replies };
}

describe("Weak references resolve", () => {
  test("to the very object that stands in the same tree, stored or not", async () => {
    const { registry } = fixture();
    const { talk, replies } = talkOf("a", "b", "c");
    const [a, b, c] = replies;
    expect(await c?.parent()).toBe(b);
    expect(await b?.resolve("replyTo")).toBe(a);
    expect(await a?.resolve("replyTo")).toBeUndefined();
    await registry.register(talk);
    const loaded = await registry.getOrThrow(Talk, talk.ecsId);
    expect(await loaded.replies[2]?.parent()).toBe(loaded.replies[1]);
  });

  test("to the tree's own version, even when a newer head is stored elsewhere", async () => {
    const { registry } = fixture();
    const { talk, replies } = talkOf("a", "b");
    await registry.register(talk);
    const alone = await registry.getOrThrow(Reply, replies[0]?.ecsId ?? talk.ecsId);
    alone.text = "newer";
    await alone.fork();
    const old = await registry.getOrThrow(Talk, talk.ecsId);
    expect((await old.replies[1]?.resolve("replyTo"))?.text).toBe("a");
    // Loaded without the talk, it stands in no tree that has the other one: there the latest head counts.
    const loose = await registry.getOrThrow(Reply, replies[1]?.ecsId ?? talk.ecsId);
    const latest = await loose.resolve("replyTo");
    expect([latest?.text, latest?.ecsId, latest?.fromStorage]).toEqual([
      "newer",
      alone.ecsId,
      true,
    ]);
    expect(await loose.resolve("replyTo")).not.toBe(latest);
  });

  test("to what moved inside, entered or left the tree since the last time", async () => {
    const { registry } = fixture();
    const { talk, replies } = talkOf("a", "b");
    await registry.register(talk);
    const [a, b] = replies;
    expect(await b?.parent()).toBe(a);
    const late = new Reply({ text: "late" });
    talk.replies.unshift(late);
    if (b !== undefined) b.replyTo = late.lineageId;
    expect(await b?.parent()).toBe(late);
    if (b !== undefined && a !== undefined) b.replyTo = a.lineageId;
    talk.replies.splice(1, 1);
    const found = await b?.parent();
    expect([found?.text, found === a]).toEqual(["a", false]);
    if (a !== undefined) talk.replies.push(a);
    expect(await b?.parent()).toBe(a);
  });

  test("inside the root that is named, where an entity stands in several trees", async () => {
    const { registry } = fixture();
    const answer = new Reply({ text: "answer" });
    const question = await registry.register(new Reply({ text: "question" }));
    answer.replyTo = question.lineageId;
    const one = await registry.register(new Talk({ replies: [question, answer] }));
    const copy = await registry.getOrThrow(Reply, question.ecsId);
    const two = new Talk({ replies: [copy, answer] });
    expect(await answer.resolve("replyTo", { within: one })).toBe(question);
    expect(await answer.resolve("replyTo", { within: two })).toBe(copy);
    expect(await answer.resolve("replyTo")).toBe(question);
    const elsewhere = await answer.resolve("replyTo", { within: new Talk({}) });
    expect([elsewhere?.text, elsewhere === question]).toEqual(["question", false]);
    expect([one.replies.length, two.replies.length]).toEqual([2, 2]);
  });

  test("in a circle, and to itself", async () => {
    class Knot extends entity("test.weak.Knot", {
      name: z.string(),
      next: ref<Knot>((): unknown => Knot)
        .nullable()
        .default(null),
      friend: lineageRef<Knot>((): unknown => Knot)
        .nullable()
        .default(null),
    }) {}
    const [a, b] = [new Knot({ name: "a" }), new Knot({ name: "b" })];
    a.next = b;
    b.next = a;
    a.friend = a.lineageId;
    b.friend = a.lineageId;
    expect([await a.resolve("friend"), await b.resolve("friend")]).toEqual([a, a]);
  });

  test("to undefined when they dangle", async () => {
    const { registry } = fixture();
    const gone = new Document({ title: "never stored" });
    const reply = await registry.register(
      new Reply({ text: "x", sources: [gone.lineageId], byName: gone.lineageId }),
    );
    expect(await reply.resolve("byName")).toBeUndefined();
    expect(await reply.resolve("sources")).toEqual([undefined]);
    expect(await reply.resolve("holes")).toBeUndefined();
    expect(reply.hasModifications()).toBe(false);
  });

  test("to an error when an entity of another type stands there, and to subclasses", async () => {
    const { registry } = fixture();
    const report = await registry.register(new Report({ title: "t", year: 2026 }));
    const reply = await registry.register(
      new Reply({ text: "x", sources: [report.lineageId], byName: report.lineageId }),
    );
    expect((await reply.resolve("sources"))[0]).toBeInstanceOf(Report);
    expect(await reply.resolve("byName")).toBeInstanceOf(Report);
    reply.byName = reply.lineageId;
    await expect(reply.resolve("byName")).rejects.toMatchObject({
      code: "MI_ENTITY_TYPE_MISMATCH",
      details: { expected: "test.weak.Document", actual: "test.weak.Reply" },
    });
    reply.replyTo = Object(report).lineageId;
    await expect(reply.resolve("replyTo")).rejects.toMatchObject({
      code: "MI_ENTITY_TYPE_MISMATCH",
    });
    const partial = new EntityRegistry({ storage: registry.storage, types: [Reply] });
    const loaded = await partial.getOrThrow(Reply, reply.ecsId);
    await expect(loaded.resolve("byName")).rejects.toMatchObject({
      code: "MI_ENTITY_UNKNOWN_TYPE",
    });
  });

  test("as a list: in order, repetitions and holes kept, the rest in one read of heads and one of trees", async () => {
    const storage = new InstrumentedStorage(new MemoryStorage());
    const registry = new EntityRegistry({ storage });
    const [one, two, three] = ["1", "2", "3"].map((title) => new Document({ title }));
    if (one === undefined || two === undefined || three === undefined) throw new Error("no");
    await registry.register(new Talk({ papers: { one, two, three } }));
    const reply = new Reply({
      text: "x",
      sources: [two.lineageId, one.lineageId, two.lineageId],
      holes: [null, three.lineageId],
    });
    await registry.register(new Talk({ replies: [reply], papers: { one } }));
    storage.reset();
    const sources = await reply.resolve("sources");
    expect(sources.map((found) => found?.title)).toEqual(["2", "1", "2"]);
    expect([sources[1] === one, sources[0] === sources[2], sources[0] === two]).toEqual([
      true,
      true,
      false,
    ]);
    expect([storage.totals("heads").calls, storage.totals("readTree").calls]).toEqual([1, 1]);
    const holes = await reply.resolve("holes");
    expect(holes?.map((found) => found?.title)).toEqual([undefined, "3"]);
  });

  test("by id, where they stand in nested objects and records", async () => {
    const { registry } = fixture();
    const paper = await registry.register(new Document({ title: "t" }));
    const reply = new Reply({ text: "x" });
    reply.deep = { origin: paper.lineageId, others: { self: reply.lineageId } };
    await registry.register(reply);
    expect((await reply.resolve(reply.deep.origin))?.lineageId).toBe(paper.lineageId);
    expect(await reply.resolve(Object(reply.deep.others)["self"])).toBe(reply);
    await expect(Object(reply).resolve("deep")).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
      message: expect.stringContaining("test.weak.Reply.deep is no weak reference"),
    });
    await expect(Object(reply).resolve("nothing")).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
  });

  test("need a registry only when the tree doesn't have it", async () => {
    const { replies } = talkOf("a", "b");
    const talk = new Talk({ replies });
    expect((await talk.replies[1]?.parent())?.text).toBe("a");
    const lonely = new Reply({ text: "x", replyTo: replies[0]?.lineageId ?? null });
    await expect(lonely.parent()).rejects.toMatchObject({ code: "MI_ENTITY_NO_REGISTRY" });
    const { registry } = fixture();
    await registry.run(async () => {
      // What is pending is registered when it is asked for by its lineage.
      const paper = new Document({ title: "pending" });
      const reply = new Reply({ text: "x", sources: [paper.lineageId] });
      expect((await reply.resolve("sources"))[0]?.title).toBe("pending");
      expect(await registry.has(paper.ecsId)).toBe(true);
    });
  });
});

describe("Weak references and versions", () => {
  test("never force a fork: editing a message leaves those that answer it alone", async () => {
    const { registry, made } = fixture();
    const { talk, replies } = talkOf(..."abcdefghij");
    await registry.register(talk);
    await made();
    if (replies[0] !== undefined) replies[0].text = "edited";
    await talk.fork();
    expect(await made()).toBe(2);
  });

  test("inside a traced call, what was resolved and changed is part of its commit", async () => {
    const { registry, made } = fixture();
    const { talk, replies } = talkOf("a", "b");
    await registry.register(talk);
    await made();
    const [, answer] = replies;
    if (answer === undefined) throw new Error("no");
    const editParent = entityTracer(async function editParent(reply: Reply, root: Talk) {
      const parent = await reply.resolve("replyTo", { within: root });
      if (parent !== undefined) parent.text += "!";
    });
    await editParent(answer, talk);
    expect([await made(), talk.replies[0]?.text, talk.hasModifications()]).toEqual([
      2,
      "a!",
      false,
    ]);

    // Reached through the root that it names, which is no argument of the call: its holder is in the commit too.
    const closure = entityTracer(async function closure(reply: Reply) {
      const parent = await reply.resolve("replyTo", { within: talk });
      if (parent !== undefined) parent.text += "!";
    });
    await closure(answer);
    expect([await made(), talk.hasModifications()]).toEqual([2, false]);

    // Loaded by the call, because it is in no tree of it.
    const paper = await registry.register(new Document({ title: "t" }));
    answer.sources.push(paper.lineageId);
    await talk.fork();
    await made();
    const retitle = entityTracer(async function retitle(reply: Reply) {
      const [found] = await reply.resolve("sources");
      if (found !== undefined) found.title = "new";
    });
    await retitle(answer);
    expect(await made()).toBe(1);
    expect((await registry.latest(Document, paper.lineageId))?.title).toBe("new");
  });

  test("a chain of 10,000 messages is walked to its root", async () => {
    const { registry } = fixture();
    const { talk } = talkOf(...Array.from({ length: 10_000 }, (_, i) => String(i)));
    await registry.register(talk);
    const loaded = await registry.getOrThrow(Talk, talk.ecsId);
    let reply = loaded.replies[9_999];
    let steps = 0;
    for (let next = reply; next !== undefined; next = await next.parent()) {
      reply = next;
      steps++;
    }
    expect([steps, reply === loaded.replies[0]]).toEqual([10_000, true]);
  });
});

describe("The types of weak references", () => {
  test("only weak fields are taken, and the answer has the type that the reference names", async () => {
    const { registry } = fixture();
    const reply = await registry.register(new Reply({ text: "x" }));
    const parent: Reply | undefined = await reply.resolve("replyTo");
    const sources: readonly (Document | undefined)[] = await reply.resolve("sources");
    const named: Entity | undefined = await reply.resolve("byName");
    // @ts-expect-error a stored name tells the type checker nothing
    const wrong: Document | undefined = await reply.resolve("byName");
    // @ts-expect-error no Document
    const other: Document | undefined = await reply.resolve("replyTo");
    expect([parent, sources, named, wrong, other]).toEqual([
      undefined,
      [],
      undefined,
      undefined,
      undefined,
    ]);
    // @ts-expect-error a text is no weak reference
    await expect(reply.resolve("text")).rejects.toThrow(/no weak reference/);
    // @ts-expect-error nor is a field that may hold anything
    await expect(reply.resolve("any")).rejects.toThrow(/no weak reference/);
    // @ts-expect-error nor a field that isn't there
    await expect(reply.resolve("nothing")).rejects.toThrow(/no weak reference/);
  });

  test("an id that is known to name another type can't be assigned", () => {
    const document = new Document({ title: "t" });
    const reply = new Reply({ text: "x", sources: [document.lineageId], replyTo: null });
    // @ts-expect-error an id of a Document
    reply.replyTo = reply.sources[0] ?? null;
    reply.replyTo = document.lineageId;
    expect(reply.replyTo).toBe(document.lineageId);
  });

  test("a field that a base class declares is resolved on the derived one too", async () => {
    class Base extends entity("test.weak.Base", { of: lineageRef(Document).nullable() }) {}
    class Derived extends Base.extend("test.weak.Derived", {
      more: lineageRef(Reply).optional(),
    }) {}
    const derived = new Derived({ of: null });
    const of: Document | undefined = await derived.resolve("of");
    const more: Reply | undefined = await derived.resolve("more");
    expect([of, more]).toEqual([undefined, undefined]);
  });
});

import { describe, expect, test } from "@jest/globals";
import { EntityRegistry, entityTracer } from "@mi/ecs";
import { fixture, note, Values } from "./fixtures/library.ts";

describe("Named refs inside traced calls", () => {
  test("a ref moves with the call's commit, to the version that the commit makes", async () => {
    const { registry, storage } = fixture();
    const page = await registry.register(note("draft"));
    const { commits } = await storage.stats();
    await registry.transaction(async () => {
      page.content = "final";
      await registry.refs.set("published", page, { expected: null });
      expect(await registry.refs.get("published")).toBeUndefined();
    });
    expect(await registry.refs.get("published")).toBe(page.ecsId);
    expect((await storage.stats()).commits).toBe(commits + 1);
  });

  test("a ref that is not where it was expected undoes the call", async () => {
    const { registry, made } = fixture();
    const page = await registry.register(note("draft"));
    await registry.refs.set("published", page);
    await made();
    const publish = entityTracer(async (text: string) => {
      page.content = text;
      await registry.refs.set("published", page, { expected: null });
    });
    await expect(publish("final")).rejects.toMatchObject({
      code: "MI_REF_CONFLICT",
      actual: page.ecsId,
    });
    expect([page.content, page.hasModifications(), await made()]).toEqual(["draft", false, 0]);
  });

  test("a call that throws moves no ref, and several moves of one name are one", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("x"));
    await expect(
      registry.transaction(async () => {
        await registry.refs.set("a", page);
        throw new Error("on purpose");
      }),
    ).rejects.toThrow("on purpose");
    expect(await registry.refs.get("a")).toBeUndefined();
    await registry.transaction(async () => {
      await registry.refs.set("a", page, { expected: null, context: { reason: "first" } });
      await registry.refs.delete("a");
      await registry.refs.set("a", page.ecsId);
    });
    expect(await registry.refs.get("a")).toBe(page.ecsId);
  });

  test("a required context holds for moves of refs too, and they are told", async () => {
    const { storage, registry: plain } = fixture();
    const page = await plain.register(note("x"));
    const heard: number[] = [];
    plain.on("commit", (event) => heard.push(event.versions.length));
    await plain.refs.set("a", page);
    expect(heard).toEqual([0]);
    const strict = new EntityRegistry({ storage, requiredContext: ["actor"] });
    await expect(strict.refs.set("b", page.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_COMMIT_CONTEXT",
    });
    await strict.refs.set("b", page.ecsId, { context: { actor: "ana" } });
  });

  test("a merge on conflict still moves the refs of its call", async () => {
    const { registry, storage } = fixture();
    const mine = await registry.register(new Values({}));
    const other = new EntityRegistry({ storage });
    const theirs = await other.getOrThrow(Values, mine.ecsId);
    theirs.text = "theirs";
    await theirs.fork();
    await registry.transaction(
      async () => {
        mine.number = 1;
        await registry.refs.set("main", mine);
      },
      { onConflict: "merge" },
    );
    expect([mine.text, mine.number]).toEqual(["theirs", 1]);
    expect(await registry.refs.get("main")).toBe(mine.ecsId);
    expect((await storage.stats()).commits).toBe(3);

    theirs.text = "again";
    await theirs.fork();
    const [before, stored] = [mine.ecsId, await storage.stats()];
    await expect(
      registry.transaction(
        async () => {
          mine.number = 2;
          await registry.refs.set("main", mine, { expected: theirs.ecsId });
        },
        { onConflict: "merge" },
      ),
    ).rejects.toMatchObject({ code: "MI_REF_CONFLICT" });
    expect([mine.ecsId, mine.number, mine.hasModifications()]).toEqual([before, 1, false]);
    expect(await storage.stats()).toEqual(stored);
  });
});

import { describe, expect, test } from "@jest/globals";
import { entityTracer, type Commit, type CommitResult } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { at, Book, bookOf, contents, fixture, Note, note, Values } from "./fixtures/library.ts";

/** Something that others wait for. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Holds a commit back until it is released. */
class GatedStorage extends MemoryStorage {
  #held: ReturnType<typeof gate> | undefined;

  holdNext(): void {
    this.#held = gate();
  }

  release(): void {
    this.#held?.open();
  }

  override async commit(commit: Commit): Promise<CommitResult> {
    const held = this.#held;
    if (held !== undefined) await held.passed;
    this.#held = undefined;
    return super.commit(commit);
  }
}

describe("Calls that overlap", () => {
  test("T2 T3 what one call has changed, another one can't change before it ended", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(1));
    const [wrote, end] = [gate(), gate()];
    const first = registry.transaction(async () => {
      book.pages.push(note("first"));
      wrote.open();
      await end.passed;
      throw new Error("on purpose");
    });
    await wrote.passed;
    await expect(
      registry.transaction(() => {
        book.pages.push(note("second"));
      }),
    ).rejects.toMatchObject({ code: "MI_TRACE_OVERLAP" });
    expect(() => book.pages.push(note("untraced"))).toThrow(
      expect.objectContaining({ code: "MI_TRACE_OVERLAP" }),
    );
    end.open();
    await expect(first).rejects.toThrow("on purpose");
    expect(contents(book)).toEqual(["0"]);
    book.pages.push(note("now"));
    await book.fork();
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "now"]);
  });

  test("T3 a call that names the copy waits until one that wrote to it ended", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(0));
    await made();
    const [wrote, end] = [gate(), gate()];
    const add = entityTracer(async (b: Book, text: string) => {
      b.pages.push(note(text));
    });
    const first = registry.transaction(async () => {
      book.pages.push(note("first"));
      wrote.open();
      await end.passed;
    });
    await wrote.passed;
    const second = add(book, "second");
    end.open();
    await Promise.all([first, second]);
    expect([contents(book), await made()]).toEqual([["first", "second"], 4]);
  });

  test("T2 a fork beside a call waits for it, and has nothing of it when it throws", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(1));
    await made();
    book.title = "before";
    const [wrote, end] = [gate(), gate()];
    const call = registry.transaction(async () => {
      at(book.pages, 0).content = "undone";
      wrote.open();
      await end.passed;
      throw new Error("on purpose");
    });
    await wrote.passed;
    const fork = book.fork();
    end.open();
    await expect(call).rejects.toThrow("on purpose");
    await fork;
    expect(await made()).toBe(1);
    const stored = await registry.getOrThrow(Book, book.ecsId);
    expect([stored.title, contents(stored)]).toEqual(["before", ["0"]]);
  });

  test("T2 the commit of one call has nothing of another one that shares a sub-entity", async () => {
    const { registry, made } = fixture();
    const shared = note("shared");
    const [one, two] = [new Book({ pages: [shared] }), new Book({ pages: [shared] })];
    await registry.register(one);
    await registry.register(two);
    await made();
    const [wrote, end] = [gate(), gate()];
    const failing = entityTracer(async (_: Book) => {
      shared.content = "undone";
      wrote.open();
      await end.passed;
      throw new Error("on purpose");
    })(one);
    await wrote.passed;
    const other = entityTracer(async (b: Book) => {
      b.title = "kept";
    })(two);
    end.open();
    await expect(failing).rejects.toThrow("on purpose");
    await other;
    expect([shared.content, await made()]).toEqual(["shared", 1]);
    expect(contents(await registry.getOrThrow(Book, two.ecsId))).toEqual(["shared"]);
  });

  test("T3 two calls that each changed what the other commits: one is a deadlock, the other goes on", async () => {
    const { registry } = fixture();
    const pages = [note("a"), note("b")] as const;
    const books = pages.map(() => new Book({ pages: [...pages] }));
    for (const book of books) await registry.register(book);
    const [met, both] = [gate(), gate()];
    const write = entityTracer(async (_: Book, page: () => Note, meet: () => Promise<void>) => {
      page().content = "changed";
      await meet();
    });
    const first = write(
      at(books, 0),
      () => pages[0],
      async () => {
        met.open();
        await both.passed;
      },
    );
    await met.passed;
    const second = write(
      at(books, 1),
      () => pages[1],
      async () => both.open(),
    );
    const results = await Promise.allSettled([first, second]);
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(results.find((result) => result.status === "rejected")).toMatchObject({
      reason: { code: "MI_TRACE_DEADLOCK" },
    });
    expect(pages.filter((page) => page.content === "changed")).toHaveLength(1);
  });

  test("T3 what an inner call changed stays its outer call's until that ends", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({}));
    const [inner, end] = [gate(), gate()];
    const add = entityTracer(async (v: Values) => {
      v.number++;
    });
    const outer = registry.transaction(async () => {
      await add(values);
      inner.open();
      await end.passed;
      throw new Error("on purpose");
    });
    await inner.passed;
    const other = add(values);
    end.open();
    await expect(outer).rejects.toThrow("on purpose");
    await other;
    expect(values.number).toBe(1);
    expect(values.hasModifications()).toBe(false);
  });

  test("T3 nothing of an inner call that outlives its outer one is committed, and it is told", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({}));
    await made();
    const late = gate();
    let outliving: Promise<void> | undefined;
    await registry.transaction(async () => {
      outliving = registry.transaction(async () => {
        values.text = "half";
        await late.passed;
      });
      outliving.catch(() => undefined);
      await Promise.resolve();
    });
    expect([values.text, values.hasModifications(), await made()]).toEqual(["", false, 0]);
    late.open();
    await expect(outliving).rejects.toMatchObject({ code: "MI_TRACE_CLOSED" });
  });

  test("an event's listener may change what was just committed", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({}));
    const forks: Promise<unknown>[] = [];
    const stop = registry.on("commit", () => {
      stop();
      values.text = "listener";
      forks.push(values.fork());
    });
    await registry.transaction(() => {
      values.number = 1;
    });
    await Promise.all(forks);
    expect(await registry.getOrThrow(Values, values.ecsId)).toMatchObject({
      number: 1,
      text: "listener",
    });
  });

  test("merge and revert, which are commits of their own, are refused inside a call", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({}));
    const old = values.ecsId;
    values.number = 1;
    await values.fork();
    await expect(registry.transaction(() => registry.revert(values, old))).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
    await expect(registry.transaction(() => registry.merge(values, old))).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
    await expect(
      registry.transaction(() => registry.merge(values, old, { preview: true })),
    ).resolves.toMatchObject({ conflicts: [] });
    expect(await registry.heads(values.lineageId)).toEqual([values.ecsId]);
  });

  test("T3 a commit that waits for a call which waits for it is a deadlock, also behind another commit", async () => {
    const storage = new GatedStorage();
    const { registry } = fixture(storage);
    const book = await registry.register(bookOf(3));
    const begun = gate();
    storage.holdNext();
    at(book.pages, 0).content = "plain";
    const plain = book.fork();
    const [wrote, end] = [gate(), gate()];
    const first = entityTracer(async (b: Book) => {
      at(b.pages, 1).content = "first";
      begun.open();
    })(book);
    await begun.passed;
    const second = registry.transaction(async () => {
      at(book.pages, 2).content = "second";
      wrote.open();
      await end.passed;
    });
    await wrote.passed;
    storage.release();
    await plain;
    end.open();
    const results = await Promise.allSettled([first, second]);
    expect(results.map(({ status }) => status)).toContain("fulfilled");
    await book.fork();
    expect(book.hasModifications()).toBe(false);
  });

  test("T3 forks, registrations and refs of code that outlived its call are refused, and new entities are its own", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("0"));
    const late = gate();
    let outliving: Promise<string[]> | undefined;
    await registry.transaction(async () => {
      outliving = (async () => {
        await late.passed;
        const works: (() => Promise<unknown>)[] = [
          () => page.fork(),
          () => registry.register(note("fresh")),
          () => registry.refs.set("x", page.ecsId),
          () => registry.refs.delete("x"),
        ];
        const codes: string[] = [];
        for (const work of works)
          await work().catch((error: unknown) =>
            codes.push(String(Reflect.get(Object(error), "code"))),
          );
        return codes;
      })();
    });
    page.content = "changed";
    late.open();
    expect(await outliving).toEqual(Array(4).fill("MI_TRACE_CLOSED"));
    await page.fork();
    expect(await registry.getOrThrow(Note, page.ecsId)).toMatchObject({ content: "changed" });
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])(
    "T3 an inner call that nobody awaits, and that ends about when its outer call does (%i ticks), lets go of what it held",
    async (ticks) => {
      const storage = new GatedStorage();
      const { registry } = fixture(storage);
      const [mine, other] = [
        await registry.register(note("m")),
        await registry.register(note("n")),
      ];
      const committing = gate();
      storage.holdNext();
      const inner = entityTracer(async function inner(page: Note) {
        await committing.passed;
        for (let i = 0; i < ticks; i++) await Promise.resolve();
        page.content = "late";
      });
      let told: Promise<string> | undefined;
      const outer = entityTracer(async function outer(page: Note) {
        page.content = "outer";
        told = inner(mine).then(
          () => "returned",
          (error: unknown) => String(Reflect.get(Object(error), "code")),
        );
      })(other);
      storage.release();
      committing.open();
      await outer;
      expect(await told).toBe("MI_TRACE_CLOSED");
      expect([mine.content, mine.hasModifications()]).toEqual(["m", false]);
      await entityTracer(async (page: Note) => {
        page.content = "again";
      })(mine);
      expect((await registry.getOrThrow(Note, mine.ecsId)).content).toBe("again");
    },
  );
});

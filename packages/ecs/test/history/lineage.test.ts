import { describe, expect, test } from "@jest/globals";
import { Lineage } from "../../src/history/lineage.ts";
import type { EntityRecord } from "../../src/storage/contract.ts";
import { ecsId, lineageId, recordOf, refs, storedVersions } from "./fixtures/records.ts";

const lineage = (...records: EntityRecord[]): Lineage =>
  new Lineage(lineageId(1), storedVersions(records));

const version = (
  id: number,
  parent: number | undefined,
  fields: Record<string, unknown> = {},
  mergedFrom?: number,
): EntityRecord => recordOf(fields, { id, parent, mergedFrom });

const depths = (history: Lineage): number[] => history.versions.map(({ depth }) => depth);

describe("Lineage", () => {
  test("branches and merges: depth by parentId, heads that nothing was made from, changes from the parent", () => {
    const history = lineage(
      version(1, undefined, { a: 1 }),
      version(2, 1, { a: 2 }),
      version(3, 1, { a: 1, b: 1 }),
      version(4, 2, { a: 2, b: 1 }, 3),
      version(5, 3, { a: 1, b: 2 }),
    );
    expect(depths(history)).toEqual([0, 1, 1, 2, 2]);
    expect(history.roots).toEqual([ecsId(1)]);
    expect(history.heads).toEqual([ecsId(4), ecsId(5)]);
    expect(history.get(ecsId(1))?.children).toEqual([ecsId(2), ecsId(3)]);
    expect(history.get(ecsId(3))?.children).toEqual([ecsId(5)]);
    expect(history.get(ecsId(1))?.changes).toEqual([]);
    expect(history.get(ecsId(4))?.changes).toEqual([{ path: ["b"], kind: "added", new: 1 }]);
    expect(history.get(ecsId(6))).toBeUndefined();
  });

  test("what was merged in is no head", () => {
    const history = lineage(
      version(1, undefined),
      version(2, 1),
      version(3, 1),
      version(4, 2, {}, 3),
    );
    expect(history.heads).toEqual([ecsId(4)]);
  });

  test("several roots, and parents that are not among the versions", () => {
    const history = lineage(
      version(1, undefined),
      version(2, 77),
      version(3, 2),
      version(4, 1, {}, 3),
      version(5, 3, {}, 88),
    );
    expect(history.roots).toEqual([ecsId(1), ecsId(2)]);
    expect(depths(history)).toEqual([0, 0, 1, 1, 2]);
    expect(history.heads).toEqual([ecsId(4), ecsId(5)]);
    expect(history.get(ecsId(2))?.changes).toEqual([]);
    expect(history.toMermaid().match(/^ {2}v\d -/gm)).toEqual([
      "  v2 -",
      "  v1 -",
      "  v3 -",
      "  v3 -",
    ]);
  });

  test("a version that stands before its parent, as it may within one commit", () => {
    const history = lineage(version(3, 2), version(2, 1), version(1, undefined));
    expect(depths(history)).toEqual([2, 1, 0]);
    expect(history.roots).toEqual([ecsId(1)]);
    expect(history.heads).toEqual([ecsId(3)]);
  });

  test("no versions", () => {
    const history = lineage();
    expect([history.versions, history.roots, history.heads]).toEqual([[], [], []]);
    expect(history.toMermaid()).toBe('graph TD\n  empty["No data available"]\n');
  });

  test("10,000 versions in a row, and 10,000 of one parent", () => {
    const row = lineage(
      ...Array.from({ length: 10_000 }, (_, i) =>
        version(i + 1, i === 0 ? undefined : i, { text: String(i) }),
      ),
    );
    expect(row.versions[9_999]?.depth).toBe(9_999);
    expect([row.roots, row.heads]).toEqual([[ecsId(1)], [ecsId(10_000)]]);
    expect(row.versions[9_999]?.changes).toEqual([
      { path: ["text"], kind: "modified", old: "9998", new: "9999" },
    ]);
    expect(row.toMermaid().split("\n")).toHaveLength(1 + 10_000 + 9_999 + 1);
    expect(JSON.parse(JSON.stringify(row)).versions).toHaveLength(10_000);
    const wide = lineage(
      ...Array.from({ length: 10_000 }, (_, i) => version(i + 1, i === 0 ? undefined : 1)),
    );
    expect(wide.heads).toHaveLength(9_999);
    expect(wide.versions[0]?.children).toHaveLength(9_999);
  });

  test("as JSON", () => {
    const history = lineage(version(1, undefined, { a: 1 }), version(2, 1, { a: 2 }));
    expect(JSON.parse(JSON.stringify(history))).toMatchObject({
      lineageId: lineageId(1),
      roots: [ecsId(1)],
      heads: [ecsId(2)],
      versions: [
        { ecsId: ecsId(1), parentId: null, depth: 0, children: [ecsId(2)], changes: [] },
        {
          ecsId: ecsId(2),
          parentId: ecsId(1),
          depth: 1,
          children: [],
          changes: [{ path: ["a"], kind: "modified" }],
        },
      ],
    });
  });

  test("as JSON it says what changed from what to what, of lists of sub-entities what they were edited by", () => {
    const history = lineage(
      version(1, undefined, { a: { x: 1n }, gone: null, pages: refs(7, 8) }),
      version(2, 1, { a: { x: 2n }, pages: refs(7, 9), when: new Date(0) }),
    );
    expect(JSON.parse(JSON.stringify(history)).versions[1].changes).toEqual([
      { path: ["a", "x"], kind: "modified", old: { $bigint: "1" }, new: { $bigint: "2" } },
      { path: ["gone"], kind: "removed", old: null },
      {
        path: ["pages"],
        kind: "modified",
        edits: [{ at: 1, remove: 1, insert: [ecsId(9)] }],
      },
      { path: ["when"], kind: "added", new: { $date: "1970-01-01T00:00:00.000Z" } },
    ]);
  });
});

describe("The Mermaid diagram of a lineage", () => {
  test("the root shows its type and first fields, an edge what changed, a merge a dotted edge", () => {
    const history = lineage(
      version(1, undefined, {
        title: "A title of some length",
        big: 12n,
        pages: refs(7, 8),
        more: 1,
      }),
      version(2, 1, { title: "x", big: 12n, pages: refs(7) }),
      version(3, 1, { title: "y", big: 12n, pages: refs(7, 8), more: 1 }),
      version(4, 3, { title: "y", big: 12n, pages: refs(7, 8), more: 1 }, 2),
    );
    expect(history.toMermaid()).toBe(
      [
        "graph TD",
        '  v1["Thing …00000001<br/>title: A title of some...<br/>big: 12<br/>pages: 2 items"]',
        '  v2["Thing …00000002<br/>3 changes"]',
        '  v1 -->|"title mod<br/>pages mod<br/>-more"| v2',
        '  v3["Thing …00000003<br/>1 change"]',
        '  v1 -->|"title mod"| v3',
        '  v4["Thing …00000004<br/>0 changes"]',
        '  v3 -->|"no change of its own"| v4',
        '  v2 -.->|"merged"| v4',
        "",
      ].join("\n"),
    );
  });

  test("fenced it is a block of a Markdown page", () => {
    const history = lineage(version(1, undefined, { a: "```" }));
    expect(history.toMermaid({ fenced: true })).toBe(
      `\`\`\`mermaid\n${history.toMermaid()}\`\`\`\n`,
    );
    expect(history.toMermaid()).not.toContain("```");
  });

  test("three changes, then how many more", () => {
    const fields = (value: number): Record<string, unknown> =>
      Object.fromEntries([..."abcde"].map((name) => [name, value]));
    const [, , , edge] = lineage(version(1, undefined, fields(1)), version(2, 1, fields(2)))
      .toMermaid()
      .split("\n");
    expect(edge).toBe('  v1 -->|"a mod<br/>b mod<br/>c mod<br/>… 2 more"| v2');
  });

  test.each(['"]', "]-->x", "a\nb", "`code`", "<b>&amp;", "#quot;", "$$x$$", "x:#y;", "\0\u2028"])(
    "%j in a value, key or type does not leave its label",
    (sign) => {
      const text = new Lineage(
        lineageId(1),
        storedVersions([
          recordOf({ [sign]: sign }, { id: 1, type: sign }),
          recordOf({ in: { [sign]: 1 } }, { id: 2, parent: 1, type: sign }),
        ]),
      ).toMermaid();
      const labels =
        /^graph TD\n {2}v1\["(.*)"\]\n {2}v2\["(.*)"\]\n {2}v1 -->\|"(.*)"\| v2\n$/.exec(text);
      expect(labels).not.toBeNull();
      for (const label of labels?.slice(1) ?? [])
        expect(label.replace(/#\d+;|<br\/>|: /g, "")).not.toMatch(
          /["#&<>[\]{}()|`\\;:$*\p{Cc}\u2028]/u,
        );
    },
  );

  test("texts are cut between characters, and half a character is none", () => {
    const [, root] = lineage(version(1, undefined, { a: "🙂".repeat(20), b: "\ud83d" }))
      .toMermaid()
      .split("\n");
    expect(root).toBe(`  v1["Thing …00000001<br/>a: ${"🙂".repeat(15)}...<br/>b: \ufffd"]`);
  });
});

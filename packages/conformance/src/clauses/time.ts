import { parseCommitId, parseEcsId, parseLineageId } from "@mi/ecs";
import type { EntityRecord } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { checkTree } from "./check-tree.ts";
import { checkHeads, checkStored, committed, refused } from "./expectations.ts";
import { allPages } from "./visible-state.ts";

const hour = 3_600_000;
const start = Date.UTC(2024, 5, 1, 12);

export const timeClauses: readonly Clause[] = [
  {
    id: "C-340",
    level: "MUST",
    area: "time",
    title:
      "When the clock goes back an hour or forward a year, versions, commits and heads stay in the order of their commits, and times are kept as told.",
    why: "Clocks are set, and differ from machine to machine; the order of work does not.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version({ createdAt: at(0) });
      await committed(t, storage, { versions: [root], header: { createdAt: at(0) } });
      const children: EntityRecord[] = [];
      const jumps = [0, -hour, 8760 * hour, -2 * hour, -8760 * hour, 1, -1];
      for (const jump of jumps) {
        const child = t.make.version({ parent: root, createdAt: at(jump) });
        await committed(t, storage, { versions: [child], header: { createdAt: at(jump) } });
        children.push(child);
      }
      await checkHeads(t, storage, root.lineageId, children, "the heads");
      const times = [0, ...jumps].map(at);
      for (const descending of [false, true]) {
        const versions = await allPages((page) => storage.versions({}, page), 3, descending);
        const commits = await allPages((page) => storage.commits({}, page), 3, descending);
        const expected = descending ? times.toReversed() : times;
        t.equal(
          versions.map(({ createdAt }) => createdAt),
          expected,
          "the times of versions",
        );
        t.equal(
          commits.map(({ createdAt }) => createdAt),
          expected,
          "the times of commits",
        );
      }
    },
  },
  {
    id: "C-341",
    level: "MUST",
    area: "time",
    title:
      "Versions of one millisecond, 300 in 100 commits, have one order, and pages miss and repeat none.",
    why: "A cursor that is a time skips whatever happened in the same moment.",
    async run(t) {
      const storage = await t.open();
      const createdAt = at(0);
      const ids = [];
      const commitIds = [];
      const lineageId = t.make.lineageId();
      for (let i = 0; i < 100; i++) {
        const versions = [1, 2, 3].map(() => t.make.version({ createdAt, lineageId }));
        const { commit } = await committed(t, storage, { versions, header: { createdAt } });
        ids.push(...versions.map(({ ecsId }) => ecsId));
        commitIds.push(commit.header.id);
      }
      for (const limit of [1, 7, 100])
        for (const descending of [false, true]) {
          const inOrder = <T>(list: readonly T[]) => (descending ? list.toReversed() : list);
          const versions = await allPages((page) => storage.versions({}, page), limit, descending);
          t.equal(
            versions.map(({ ecsId }) => ecsId),
            inOrder(ids),
            `the versions by ${limit}`,
          );
          const commits = await allPages((page) => storage.commits({}, page), limit, descending);
          t.equal(
            commits.map(({ id }) => id),
            inOrder(commitIds),
            `the commits by ${limit}`,
          );
        }
      t.equal(await storage.heads([lineageId]), [ids], "the heads");
    },
  },
  {
    id: "C-342",
    level: "MUST",
    area: "time",
    title:
      "A version may be older than its parent and newer than its commit; each time is kept as it was told.",
    why: "An import brings the times of others; a store that corrects them invents history.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const parent = t.make.version({ createdAt: at(hour) });
      const child = t.make.version({ parent, createdAt: at(-hour) });
      const future = t.make.version({ parent: child, createdAt: at(99 * hour), refs: [parent] });
      const versions = [future, child, parent];
      const header = { createdAt: at(0) };
      const { commit, sequence } = await committed(t, storage, { versions, header });
      await checkStored(t, storage, versions, commit, sequence);
      const { items } = await storage.commits({ since: at(0), until: at(1) }, { limit: 5 });
      t.equal(
        items.map(({ createdAt }) => createdAt),
        [at(0)],
        "the time of the commit",
      );
    },
  },
  {
    id: "C-343",
    level: "MUST",
    area: "time",
    title: "When ids sort against the order of the commits, the order of the commits counts.",
    why: "Ids hold the time of the machine that made them, and another machine's clock may be ahead.",
    async run(t) {
      const storage = await t.open();
      const ids = Array.from({ length: 24 }, () => t.make.ecsId()).toReversed();
      const commitIds = Array.from({ length: 12 }, () => t.make.commitId()).toReversed();
      const lineageId = t.make.lineageId();
      for (const [i, id] of commitIds.entries()) {
        const pair = ids.slice(2 * i, 2 * i + 2);
        const versions = pair.map((ecsId) => t.make.version({ ecsId, lineageId }));
        await committed(t, storage, { versions, header: { id } });
      }
      for (const limit of [1, 5, 100]) {
        const versions = await allPages((page) => storage.versions({ lineageId }, page), limit);
        t.equal(
          versions.map(({ ecsId }) => ecsId),
          ids,
          `the versions by ${limit}`,
        );
        const commits = await allPages((page) => storage.commits({ lineageId }, page), limit);
        t.equal(
          commits.map(({ id }) => id),
          commitIds,
          `the commits by ${limit}`,
        );
      }
      t.equal(await storage.heads([lineageId]), [ids], "the heads");
    },
  },
  {
    id: "C-344",
    level: "MUST",
    area: "time",
    title: "Ids that differ in one digit, the first or the last, are different ids.",
    why: "A store that keeps a part of an id meets two of the same part one day.",
    async run(t) {
      const storage = await t.open();
      const id = "01890000-0000-7000-8000-000000000000";
      const digits = [0, 7, 9, 12, 15, 16, 20, 24, 30, 35];
      const texts = [id, ...digits.map((place) => withDigit(id, place))];
      const versions = texts.map((text) =>
        t.make.version({ ecsId: parseEcsId(text), lineageId: parseLineageId(text) }),
      );
      for (const [i, version] of versions.entries())
        await committed(t, storage, {
          versions: [version],
          header: { id: parseCommitId(texts[i] ?? id) },
        });
      const read = await storage.read(versions.map(({ ecsId }) => ecsId));
      t.equal(
        read.map((version) => version?.record),
        versions,
        "the versions as read back",
      );
      t.equal(
        await storage.heads(versions.map(({ lineageId }) => lineageId)),
        versions.map(({ ecsId }) => [ecsId]),
        "the heads",
      );
      t.equal((await storage.stats()).commits, texts.length, "the number of commits");
    },
  },
  {
    id: "C-345",
    level: "MUST",
    area: "time",
    title: "One UUID may name a version, a lineage, a commit and a ref at once.",
    why: "Many programs give an entity the id of its first version.",
    async run(t) {
      const storage = await t.open();
      const text = String(t.make.ecsId());
      const ecsId = parseEcsId(text);
      const first = t.make.version({ ecsId, lineageId: parseLineageId(text) });
      const { commit, sequence } = await committed(t, storage, {
        versions: [first],
        header: { id: parseCommitId(text), cause: ecsId, correlationId: text },
        refMoves: [{ name: text, to: ecsId, expected: null }],
      });
      const next = t.make.version({ parent: first, refs: [first], lists: [[first]] });
      await committed(t, storage, { versions: [next], mustBeHeads: [first] });
      await checkStored(t, storage, [first], commit, sequence);
      await checkHeads(t, storage, first.lineageId, [next], "the heads");
      await checkTree(t, storage, [next], [next, first]);
      const made = await storage.versions({ commitId: commit.header.id }, { limit: 5 });
      t.equal(
        made.items.map((info) => info.ecsId),
        [ecsId],
        "the versions of the commit",
      );
      const { items } = await storage.refs({ names: [text] }, { limit: 5 });
      t.equal(items, [{ name: text, to: ecsId }], "the ref");
    },
  },
  {
    id: "C-346",
    level: "MUST",
    area: "time",
    title:
      "An id source that repeats itself overwrites nothing, whichever lineage or type comes with the repeated id.",
    why: "A store that takes the second one has moved a message from one conversation to another.",
    rules: ["I1", "I2"],
    async run(t) {
      const storage = await t.open();
      const first = t.make.version({ type: "Message", lists: [[]] });
      const { commit, sequence } = await committed(t, storage, { versions: [first] });
      const { ecsId, lineageId } = first;
      const others = [
        t.make.version({ ...first, lineageId: t.make.lineageId(), lists: [[]] }),
        t.make.version({ ...first, type: "Thread", lists: [[]] }),
        t.make.version({ ecsId, lineageId, data: first.data, lists: [[]], type: "Message" }),
        t.make.version({ ecsId, parent: first }),
      ];
      for (const other of others) {
        const again = t.make.commit({ versions: [t.make.version(), other] });
        await refused(t, storage, again, "MI_STORAGE_ID_REUSE", "a repeated id");
      }
      await checkStored(t, storage, [first], commit, sequence);
      await checkHeads(t, storage, lineageId, [first], "the heads");
    },
  },
];

function at(milliseconds: number): string {
  return new Date(start + milliseconds).toISOString();
}

/** The id with another digit at a place that is free to choose. */
function withDigit(id: string, place: number): string {
  const digit = id[place] === "8" ? "9" : "1";
  return id.slice(0, place) + digit + id.slice(place + 1);
}

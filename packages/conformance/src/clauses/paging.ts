import type { EntityRecord, EntityStorage, VersionInfo, VersionQuery } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { versionInfo } from "../fixtures/version-info.ts";
import { answers, committed } from "./expectations.ts";
import type { Committed } from "./expectations.ts";
import { reopened } from "./reopened.ts";
import { allPages } from "./visible-state.ts";

export const pagingClauses: readonly Clause[] = [
  {
    id: "C-160",
    level: "MUST",
    area: "paging",
    title:
      "versions lists all versions without their payloads, in storage order, whatever the limit, and backwards when asked.",
    why: "Export, audit and search walk the whole store; a gap or a repeat is a wrong answer.",
    async run(t) {
      const storage = await t.open();
      const { infos } = await someHistory(t, storage);
      for (const limit of [1, 2, 7, infos.length - 1, infos.length, infos.length + 1, 1000]) {
        await checkPages(t, storage, {}, infos, limit);
      }
      const first = await storage.versions({}, { limit: infos.length });
      t.equal(first.next, undefined, "the cursor of a page that took all");
      const most = await storage.versions({}, { limit: infos.length - 1 });
      t.present(most.next, "the cursor while an item is left");
    },
  },
  {
    id: "C-161",
    level: "MUST",
    area: "paging",
    title:
      "versions selects by lineage, types, heads and commit, alone and together; no types select nothing.",
    why: "A filter that is forgotten on the second page mixes up lineages.",
    async run(t) {
      const storage = await t.open();
      const { infos, commits, heads } = await someHistory(t, storage);
      const [lineageId, other] = [...new Set(infos.map((info) => info.lineageId))];
      const commitId = commits[3]?.commit.header.id;
      const queries: readonly VersionQuery[] = [
        { lineageId },
        { lineageId: t.make.lineageId() },
        { types: ["Note"] },
        { types: ["Thread", "Message"] },
        { types: ["Note", "Unknown", "Note"] },
        { types: [] },
        { headsOnly: true },
        { headsOnly: false },
        { commitId },
        { commitId: t.make.commitId() },
        { headsOnly: true, types: ["Message"] },
        { headsOnly: true, lineageId: other },
        { commitId, types: ["Note"], headsOnly: true },
        { commitId, lineageId },
      ];
      for (const query of queries) {
        const expected = infos.filter(
          (info) =>
            (query.lineageId === undefined || info.lineageId === query.lineageId) &&
            (query.types === undefined || query.types.includes(info.type)) &&
            (query.headsOnly !== true || heads.has(info.ecsId)) &&
            (query.commitId === undefined || info.commitId === query.commitId),
        );
        t.note(`query ${JSON.stringify(query)}`);
        for (const limit of [1, 3, 100]) await checkPages(t, storage, query, expected, limit);
      }
    },
  },
  {
    id: "C-162",
    level: "MUST",
    area: "paging",
    title:
      "Pages taken while others write hold every version once, those written meanwhile included.",
    why: "An export of a store that is in use misses nothing.",
    async run(t) {
      const storage = await t.open();
      const writer = await t.open();
      await someHistory(t, storage);
      const listed: VersionInfo[] = [];
      let page = await storage.versions({}, { limit: 3 });
      listed.push(...page.items);
      for (let i = 0; page.next !== undefined; i++) {
        if (i < 10) await committed(t, writer, { versions: [t.make.version(), t.make.version()] });
        page = await storage.versions({}, { limit: 3, after: page.next });
        listed.push(...page.items);
      }
      const all = await allPages((of) => storage.versions({}, of), 1000);
      t.equal(listed, all, "the versions listed while others wrote");
    },
  },
  {
    id: "C-163",
    level: "MUST",
    area: "paging",
    title:
      "Backward pages taken while others write hold every version that was there at the start, once.",
    why: "The newest come first in every view of a history, and new ones arrive while someone reads.",
    async run(t) {
      const storage = await t.open();
      const { infos } = await someHistory(t, storage);
      const listed: VersionInfo[] = [];
      let page = await storage.versions({}, { limit: 3, descending: true });
      listed.push(...page.items);
      while (page.next !== undefined) {
        await committed(t, storage, { versions: [t.make.version()] });
        page = await storage.versions({}, { limit: 3, descending: true, after: page.next });
        listed.push(...page.items);
      }
      t.equal(listed, infos.toReversed(), "the versions listed backwards");
    },
  },
  {
    id: "C-164",
    level: "MUST",
    area: "paging",
    title:
      "A version that is added later to a known commit comes after every cursor given out before.",
    why: "No page may gain an item before its cursor: whoever follows the listing would never see it.",
    async run(t) {
      const storage = await t.open();
      const [one, late] = [t.make.version(), t.make.version()];
      const { commit } = await committed(t, storage, { versions: [one] });
      for (let i = 0; i < 4; i++) await committed(t, storage, { versions: [t.make.version()] });
      const first = await storage.versions({}, { limit: 3 });
      t.present(first.next, "the cursor of a second page");
      const whole = t.make.commit({ header: commit.header, versions: [one, late] });
      await answers(t, storage, whole, "committed");
      const rest = await storage.versions({}, { limit: 10, after: first.next });
      const ids = [...first.items, ...rest.items].map(({ ecsId }) => ecsId);
      t.equal(
        ids.filter((id) => id === late.ecsId).length,
        1,
        "how often the late version is listed",
      );
      t.equal(new Set(ids).size, 6, "the number of different versions listed");
    },
  },
  {
    id: "C-165",
    level: "MUST",
    area: "paging",
    title: "A cursor is valid in every instance of its medium, and after it was opened again.",
    why: "Pages are asked for one by one, and each may be answered by another process.",
    async run(t) {
      const one = await t.open();
      const { infos } = await someHistory(t, one);
      const { items, next } = await one.versions({}, { limit: 4 });
      t.present(next, "a cursor");
      const other = await reopened(t, one);
      const rest = await other.versions({}, { limit: 1000, after: next });
      t.equal([...items, ...rest.items], infos, "the versions of two instances");
    },
  },
  {
    id: "C-166",
    level: "SHOULD",
    area: "paging",
    title: "A limit below 1 and a cursor that no listing gave are refused as MI_STORAGE_USAGE.",
    why: "A page of nothing with a cursor is a loop without end.",
    async run(t) {
      const storage = await t.open();
      await someHistory(t, storage);
      for (const limit of [0, -1, 1.5, Number.NaN])
        await t.rejects(
          () => storage.versions({}, { limit }),
          "MI_STORAGE_USAGE",
          `versions with a limit of ${limit}`,
        );
      for (const after of ["", "not a cursor", "'; DROP TABLE versions; --"])
        await t.rejects(
          () => storage.versions({}, { limit: 3, after }),
          "MI_STORAGE_USAGE",
          `versions after ${JSON.stringify(after)}`,
        );
    },
  },
];

interface History {
  /** In storage order. */
  readonly infos: readonly VersionInfo[];
  readonly commits: readonly Committed[];
  readonly heads: ReadonlySet<string>;
}

/** About thirty versions of three types in five lineages, with branches, in ten commits. */
async function someHistory(t: ClauseContext, storage: EntityStorage): Promise<History> {
  const types = ["Note", "Message", "Thread"];
  const records: EntityRecord[] = [];
  const infos: VersionInfo[] = [];
  const commits: Committed[] = [];
  for (let i = 0; i < 10; i++) {
    const parents = Array.from({ length: i < 5 ? 0 : 3 }, () => t.random.pick(records));
    const versions = [
      t.make.version({ type: types[i % 3] }),
      ...parents.map((parent) => t.make.version({ parent })),
    ];
    const made = await committed(t, storage, { versions });
    const commitId = made.commit.header.id;
    commits.push(made);
    records.push(...versions);
    infos.push(
      ...versions.map((record) => versionInfo({ record, commitId, sequence: made.sequence })),
    );
  }
  const parents = new Set(records.map(({ parentId }) => parentId));
  const heads = records.map(({ ecsId }) => ecsId).filter((id) => !parents.has(id));
  return { infos, commits, heads: new Set(heads) };
}

async function checkPages(
  t: ClauseContext,
  storage: EntityStorage,
  query: VersionQuery,
  expected: readonly VersionInfo[],
  limit: number,
): Promise<void> {
  let most = 0;
  const list = async (page: Parameters<EntityStorage["versions"]>[1]) => {
    const answer = await storage.versions(query, page);
    most = Math.max(most, answer.items.length);
    return answer;
  };
  t.equal(await allPages(list, limit), expected, `the versions by ${limit}`);
  t.equal(
    await allPages(list, limit, true),
    expected.toReversed(),
    `the versions backwards by ${limit}`,
  );
  t.ok(most <= limit, `no page holds more than ${limit}`);
}

import type { Cursor, EcsId, EntityStorage, VersionInfo } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { during } from "./during.ts";
import { answers, committed, retried } from "./expectations.ts";
import { allPages } from "./visible-state.ts";
import { turn } from "./turn.ts";

export const pagingWriterClauses: readonly Clause[] = [
  {
    id: "C-167",
    level: "MUST",
    area: "paging",
    title:
      "A version that is added later to a known commit is listed last, with the sequence and the id of its commit.",
    why: "Whoever follows a listing finds it at the end, and still learns which commit made it.",
    async run(t) {
      const storage = await t.open();
      const [first, late] = [t.make.version(), t.make.version()];
      const { commit, sequence } = await committed(t, storage, { versions: [first] });
      const rest = [t.make.version(), t.make.version()];
      for (const version of rest) await committed(t, storage, { versions: [version] });
      const whole = t.make.commit({ header: commit.header, versions: [late, first] });
      t.equal(await answers(t, storage, whole, "committed"), sequence, "the sequence");
      const all = await allPages((page) => storage.versions({}, page), 2);
      t.equal(
        all.map(({ ecsId }) => ecsId),
        [first, ...rest, late].map(({ ecsId }) => ecsId),
        "all versions",
      );
      const last = all.at(-1);
      t.equal([last?.commitId, last?.sequence], [commit.header.id, sequence], "of the late one");
      const made = await storage.versions({ commitId: commit.header.id }, { limit: 5 });
      t.equal(
        made.items.map(({ ecsId }) => ecsId),
        [first.ecsId, late.ecsId],
        "the versions of the commit",
      );
    },
  },
  {
    id: "C-168",
    level: "MUST",
    area: "paging",
    title:
      "Pages of heads, taken while heads end and begin, hold each version at most once, and all that stayed heads.",
    why: "A list of the newest versions is read while people work on them, its cursor's version too.",
    async run(t) {
      const storage = await t.open();
      const roots = Array.from({ length: 30 }, () => t.make.version({ type: "Head" }));
      for (const root of roots) await committed(t, storage, { versions: [root] });
      for (const descending of [false, true]) {
        const query = { types: ["Head"], headsOnly: true };
        const before = await allPages((page) => storage.versions(query, page), 100);
        const listed: VersionInfo[] = [];
        const ended = new Set<EcsId>();
        let after: Cursor | undefined;
        do {
          const page = await storage.versions(query, { limit: 4, descending, after });
          listed.push(...page.items);
          after = page.next;
          // The one that the cursor stands at, and one that is not listed yet.
          const unlisted = before.filter(({ ecsId }) => !listed.some((v) => v.ecsId === ecsId));
          for (const info of [page.items.at(-1), t.random.pick(unlisted)]) {
            const [stored] = await storage.read(info === undefined ? [] : [info.ecsId]);
            if (stored === undefined || ended.has(stored.record.ecsId)) continue;
            ended.add(stored.record.ecsId);
            await committed(t, storage, {
              versions: [t.make.version({ parent: stored.record, type: "Next" })],
            });
          }
        } while (after !== undefined);
        const ids = listed.map(({ ecsId }) => ecsId);
        t.equal(new Set(ids).size, ids.length, "the number of different versions listed");
        const stayed = before.map(({ ecsId }) => ecsId).filter((id) => !ended.has(id));
        t.equal(
          ids.filter((id) => !ended.has(id)),
          descending ? stayed.toReversed() : stayed,
          "the listed ones that stayed heads",
        );
      }
    },
  },
  {
    id: "C-169",
    level: "MUST",
    area: "paging",
    title:
      "A page that is asked for again begins with what it held before, whatever two other instances write meanwhile.",
    why: "A reader that follows the newest versions never looks back; what came in before its cursor is lost for it.",
    async run(t) {
      const [reader, ...writers] = [await t.open(), await t.open(), await t.open()];
      const commits = t.budget === "soak" ? 200 : 30;
      const writing = Promise.all(writers.map((writer) => writeSome(t, writer, commits)));
      const followed: VersionInfo[] = [];
      let open: readonly VersionInfo[] = [];
      await during(writing, async (isDone) => {
        let after: Cursor | undefined;
        let isLast = false;
        for (let pages = 1; !isLast; pages++) {
          // Not before each page: writers that wait for nothing would be done after the first turn.
          if (pages % 50 === 0) await turn();
          const wasDone = isDone();
          const page = await reader.versions({}, { limit: 7, after });
          t.equal(
            page.items.slice(0, open.length),
            open,
            "the beginning of a page asked for again",
          );
          if (page.next === undefined) {
            open = page.items;
            isLast = wasDone;
          } else {
            followed.push(...page.items);
            after = page.next;
            open = [];
          }
        }
      });
      const all = await allPages((page) => reader.versions({}, page), 1000);
      t.equal(all.length, 2 * commits * 3, "the number of versions written");
      t.equal([...followed, ...open], all, "the versions that the reader followed");
    },
  },
  {
    id: "C-170",
    level: "MUST",
    area: "paging",
    title: "A limit of up to 2^31 - 1 answers all there is, in one page without a next.",
    why: "A caller that wants all says so with a large number.",
    async run(t) {
      const storage = await t.open();
      const versions = Array.from({ length: 20 }, () => t.make.version());
      const [to] = versions;
      for (const version of versions) await committed(t, storage, { versions: [version] });
      const refMoves = versions.map((_, i) => ({ name: `r${i}`, to: t.present(to, "one").ecsId }));
      await committed(t, storage, { refMoves });
      for (const limit of [10_000, 2 ** 31 - 1])
        for (const descending of [false, true]) {
          const page = { limit, descending };
          const pages = [
            await storage.versions({}, page),
            await storage.commits({}, page),
            await storage.refs({}, page),
          ];
          t.equal(
            pages.map(({ items, next }) => [items.length, next]),
            [
              [20, undefined],
              [21, undefined],
              [20, undefined],
            ],
            `the lengths and cursors with a limit of ${limit}`,
          );
        }
    },
  },
];

/** Commits of three versions each, one after the other. */
async function writeSome(
  t: Parameters<Clause["run"]>[0],
  storage: EntityStorage,
  commits: number,
): Promise<void> {
  for (let i = 0; i < commits; i++) {
    const versions = [t.make.version(), t.make.version(), t.make.version()];
    await retried(storage, t.make.commit({ versions }));
  }
}

import type { EcsId, EntityRecord, EntityStorage, LineageId } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { during } from "./during.ts";
import { committed, retried } from "./expectations.ts";
import { turn } from "./turn.ts";

/** The refs that each commit of the writer moves, both to its new version. */
const names = ["newest", "released"] as const;

/** One lineage, and the ids of its versions from the first on. */
interface History {
  readonly lineageId: LineageId;
  readonly order: readonly EcsId[];
}

export const raceRefClauses: readonly Clause[] = [
  {
    id: "C-232",
    level: "MUST",
    area: "races",
    title:
      "For another instance the refs that a commit moves, and the versions and heads that it makes, change at one moment.",
    why: "A ref that comes before its version points at nothing; one that comes after it sends a worker to the old release.",
    rules: ["C1", "F2"],
    async run(t) {
      const [writer, reader] = [await t.open(), await t.open()];
      const history: EntityRecord[] = [t.make.version()];
      const [first] = history;
      const { lineageId, ecsId } = t.present(first, "the first version");
      await committed(t, writer, {
        versions: history,
        refMoves: names.map((name) => ({ name, to: ecsId })),
      });
      for (let round = 0; round < rounds(t); round++) {
        const parent = t.present(history.at(-1), "the head");
        const next = t.make.version({ parent });
        history.push(next);
        const order = history.map((version) => version.ecsId);
        const look = async (): Promise<void> => {
          await refsBeforeVersions(t, reader, { lineageId, order });
          await versionsBeforeRefs(t, reader, { lineageId, order });
        };
        const commit = t.make.commit({
          versions: [next],
          mustBeHeads: [parent],
          refMoves: names.map((name) => ({ name, to: next.ecsId, expected: parent.ecsId })),
        });
        // Begun before the write, so that it is under way when the commit comes.
        const early = look();
        const writing = retried(writer, commit);
        await during(writing, async (isDone) => {
          const looking = async (): Promise<void> => {
            do {
              await look();
              await turn();
            } while (!isDone());
          };
          await Promise.all([early, looking()]);
        });
        t.equal((await writing).status, "committed", "the answer");
      }
    },
  },
  {
    id: "C-233",
    level: "MUST",
    area: "races",
    title:
      "For another instance a ref is never gone, and never in two places, while a commit moves it from one name to another.",
    why: "A lock that nobody holds for a moment is taken by a second one; one that two names hold is held twice.",
    rules: ["F2"],
    async run(t) {
      const [writer, reader] = [await t.open(), await t.open()];
      const version = t.make.version();
      const to = version.ecsId;
      let [from, next] = ["held/a", "held/b"];
      await committed(t, writer, { versions: [version], refMoves: [{ name: from, to }] });
      for (let round = 0; round < rounds(t); round++) {
        const refMoves = [
          { name: from, to: null, expected: to },
          { name: next, to, expected: null },
        ];
        const look = async (): Promise<void> => {
          const { items } = await reader.refs({ prefix: "held/" }, { limit: 5 });
          t.equal(items.length, 1, "how many names the ref has");
        };
        const early = look();
        const writing = retried(writer, t.make.commit({ refMoves }));
        await during(writing, async (isDone) => {
          const looking = async (): Promise<void> => {
            do {
              await look();
              await turn();
            } while (!isDone());
          };
          await Promise.all([early, looking()]);
        });
        t.equal((await writing).status, "committed", "the answer");
        [from, next] = [next, from];
      }
    },
  },
];

/** What a ref points at can be read, and is a head or was one. Listings may be late, to have no gaps: see C-169. */
async function refsBeforeVersions(
  t: ClauseContext,
  reader: EntityStorage,
  { lineageId, order }: History,
): Promise<void> {
  const place = await placeOfRefs(t, reader, order);
  const id = t.present(order[place], "where the refs point");
  const [[stored], [heads]] = await Promise.all([reader.read([id]), reader.heads([lineageId])]);
  t.equal(stored?.record.ecsId, id, "the version that a ref points at, as read after the ref");
  const head = order.indexOf(t.present(heads?.at(-1), "the head"));
  t.ok(head >= place, "the head, as read after the ref, is where the ref points or later");
}

/** The newest version that can be seen is where the refs point, or they have gone on. */
async function versionsBeforeRefs(
  t: ClauseContext,
  reader: EntityStorage,
  { lineageId, order }: History,
): Promise<void> {
  const [heads] = await reader.heads([lineageId]);
  const head = order.indexOf(t.present(heads?.at(-1), "the head"));
  const byHead = await placeOfRefs(t, reader, order);
  t.ok(byHead >= head, "the refs, as read after a head, point at that head or further");
  const newest = (await reader.read(order)).filter((version) => version !== undefined).length - 1;
  const byRead = await placeOfRefs(t, reader, order);
  t.ok(byRead >= newest, "the refs, as read after a version, point at that version or further");
}

/** Where in the history both refs point; they have to agree. */
async function placeOfRefs(
  t: ClauseContext,
  reader: EntityStorage,
  order: readonly EcsId[],
): Promise<number> {
  const { items } = await reader.refs({ names }, { limit: 5 });
  const places = items.map(({ to }) => order.indexOf(to));
  t.equal(places.length, names.length, "how many of the two refs there are");
  const [place = -1, other = -1] = places;
  t.equal(other, place, "where the second of two refs points that each commit moves together");
  t.ok(place >= 0, "the refs point at versions of the history");
  return place;
}

function rounds(t: ClauseContext): number {
  return t.budget === "soak" ? 250 : 25;
}

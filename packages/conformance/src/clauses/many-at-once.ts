import { parseEcsId, parseLineageId } from "@mi/ecs";
import type { EcsId, EntityRecord, LineageId } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { checkHeads, committed, conflictOf, membersOf, sortedByName } from "./expectations.ts";
import { allPages } from "./visible-state.ts";

/** More than the variables of a statement of SQLite (32,766), and of PostgreSQL (65,535). */
const moreThanVariables = 66_000;
/** More than SQLite takes as rows of one variable, and more than PostgreSQL takes as rows of two. */
const moreThanRows = 33_000;

export const manyAtOnceClauses: readonly Clause[] = [
  {
    id: "C-367",
    level: "MUST",
    area: "large",
    title:
      "read, readTree, heads, refs and versions take 66,000 different ids, names or types in one call, and answer for each.",
    why: "Engines limit the variables of a statement to 32,766 or 65,535; an id beyond the limit is answered as if it were not stored.",
    async run(t) {
      const storage = await t.open();
      const stored = Array.from({ length: 60 }, (_, i) => t.make.version({ type: `type ${i}` }));
      const refMoves = stored.map(({ ecsId }, i) => ({ name: `name ${i}`, to: ecsId }));
      await committed(t, storage, { versions: stored, refMoves });
      const asked = spreadAmong(stored, differentIds(t, moreThanVariables));
      const known = new Set(stored.map(({ ecsId }) => ecsId));

      const read = await storage.read(asked.map(({ ecsId }) => ecsId));
      t.equal(
        read.map((version) => version?.record.ecsId),
        asked.map(({ ecsId }) => (known.has(ecsId) ? ecsId : undefined)),
        "the ids of the versions that read answers",
      );
      const tree = await storage.readTree(asked.map(({ ecsId }) => ecsId));
      t.equal(
        tree.map(({ record }) => record.ecsId).toSorted(),
        [...known].toSorted(),
        "the ids of the roots that readTree answers",
      );
      const heads = await storage.heads(asked.map(({ lineageId }) => lineageId));
      t.equal(
        heads,
        asked.map(({ ecsId }) => (known.has(ecsId) ? [ecsId] : [])),
        "the heads",
      );
      const words = Array.from({ length: moreThanVariables }, (_, i) => i);
      const names = words.map((i) => `name ${moreThanVariables - 1 - i}`);
      const refs = await allPages((page) => storage.refs({ names }, page), 100);
      t.equal(refs.length, stored.length, "the number of refs by their names");
      const types = words.map((i) => `type ${moreThanVariables - 1 - i}`);
      const infos = await allPages((page) => storage.versions({ types }, page), 100);
      t.equal(infos.length, stored.length, "the number of versions by their types");
    },
  },
  {
    id: "C-368",
    level: "MUST",
    area: "large",
    title:
      "A commit may have 33,000 versions, one that refers to all of them and lists them, and 33,000 ref moves and heads that must be; of 66,000 that are missing each is named.",
    why: "Engines limit the variables of a statement; what a record refers to beyond the limit is lost, or is never looked for.",
    async run(t) {
      const storage = await t.open();
      const targets = differentIds(t, moreThanRows).map((ids) =>
        t.make.version({ ...ids, data: "{}" }),
      );
      const held = targets.map(({ ecsId }) => ecsId);
      const members = held.toReversed();
      const holder = t.make.version({ refs: held, lists: [members], data: "{}" });
      // Most of them take away what is not there: the moves are many, and the refs few.
      const refMoves = held.map((to, i) => ({
        name: `tag/${i}`,
        to: i % 300 === 299 ? to : null,
        expected: null,
      }));
      await committed(t, storage, { versions: [...targets, holder], refMoves });
      const [stored] = await storage.read([holder.ecsId]);
      t.equal(stored?.record.refs, held, "the references");
      t.equal(await membersOf(t, storage, holder), members, "the list");
      const tree = await storage.readTree([holder.ecsId]);
      t.equal(tree.length, moreThanRows + 1, "the size of the tree");
      const tags = await allPages((page) => storage.refs({}, page), 100);
      t.equal(tags.length, moreThanRows / 300, "the number of refs");

      const absent = differentIds(t, moreThanVariables).map(({ ecsId }) => ecsId);
      const [some, others] = [absent.slice(0, moreThanRows), absent.slice(moreThanRows)];
      const dangling = t.make.version({ refs: some, lists: [others], data: "{}" });
      const commit = t.make.commit({ versions: [dangling] });
      const error = await t.rejects(
        () => storage.commit(commit),
        "MI_STORAGE_MISSING_VERSION",
        "a version of which all that it refers to is missing",
      );
      t.equal(missingIn(error), absent.toSorted(), "the missing versions");
      t.equal(await storage.read([dangling.ecsId]), [undefined], "the version that was refused");
      await committed(t, storage, { mustBeHeads: held });
      for (const mustBeHeads of [absent, [...held, ...absent.slice(-1)]]) {
        const unknown = await storage.commit(t.make.commit({ mustBeHeads }));
        t.equal(conflictOf(t, unknown).heads, new Map(), "the heads of what is not stored");
      }
    },
  },
  {
    id: "C-369",
    level: "MUST",
    area: "large",
    title:
      "All of 2,500 heads of one lineage are answered, listed, and told by a conflict, beside those of 1,200 other lineages and 1,200 refs.",
    why: "A store that tells the first thousand heads makes the others, and the work in them, disappear.",
    rules: ["C2", "F4"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const others = Array.from({ length: 1200 }, () => t.make.version());
      const refs = others.map(({ ecsId }, i) => ({ name: `tag/${i}`, to: ecsId }));
      await committed(t, storage, { versions: [root, ...others], refMoves: refs });
      const branches = Array.from({ length: 2500 }, () => t.make.version({ parent: root }));
      const nexts = others.map((parent) => t.make.version({ parent }));
      await committed(t, storage, { versions: branches.slice(0, 1300) });
      await committed(t, storage, { versions: [...branches.slice(1300), ...nexts] });
      await checkHeads(t, storage, root.lineageId, branches, "the heads");
      const query = { lineageId: root.lineageId, headsOnly: true };
      const listed = await allPages((page) => storage.versions(query, page), 1100);
      t.equal(
        listed.map(({ ecsId }) => ecsId),
        branches.map(({ ecsId }) => ecsId),
        "the heads as listed",
      );
      const late = t.make.commit({
        mustBeHeads: [root, ...others],
        refMoves: refs.map(({ name, to }) => ({ name, to, expected: root.ecsId })),
      });
      const conflict = conflictOf(t, await storage.commit(late));
      t.equal(
        conflict.heads,
        new Map<LineageId, readonly EcsId[]>([
          [root.lineageId, branches.map(({ ecsId }) => ecsId)],
          ...nexts.map(({ lineageId, ecsId }): readonly [LineageId, readonly EcsId[]] => [
            lineageId,
            [ecsId],
          ]),
        ]),
        "the heads that the conflict tells",
      );
      t.equal(sortedByName(conflict.refs), sortedByName(refs), "the refs that the conflict tells");
    },
  },
];

type Ids = Pick<EntityRecord, "ecsId" | "lineageId">;

/** Ids that are not stored, all different: made by counting, because so many random ones take long. */
function differentIds(t: ClauseContext, count: number): readonly Ids[] {
  const { ecsId, lineageId } = t.make.version();
  return Array.from({ length: count }, (_, i) => {
    const end = i.toString(16).padStart(6, "0");
    return {
      ecsId: parseEcsId(ecsId.slice(0, -6) + end),
      lineageId: parseLineageId(lineageId.slice(0, -6) + end),
    };
  });
}

/** The ids that a MissingVersionError names, sorted. */
function missingIn(error: object): readonly string[] | undefined {
  if (!("missing" in error) || !Array.isArray(error.missing)) return undefined;
  return error.missing.filter((id): id is string => typeof id === "string").toSorted();
}

/** Those that are stored, evenly among the others, the first and the last of all included. */
function spreadAmong(stored: readonly Ids[], others: readonly Ids[]): readonly Ids[] {
  const each = Math.floor(others.length / (stored.length - 1));
  return stored.flatMap((version, i) => [version, ...others.slice(i * each, (i + 1) * each)]);
}

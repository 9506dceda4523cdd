import type { Clause, ClauseContext } from "../clause.ts";
import { answers, checkStored, committed, refused } from "./expectations.ts";

export const refusalClauses: readonly Clause[] = [
  {
    id: "C-031",
    level: "MUST",
    area: "commit",
    title: "A refused commit leaves its own id and those of its versions free for other content.",
    why: "The caller repairs its commit and sends it again, with the ids that it has handed out.",
    rules: ["F2"],
    async run(t) {
      const storage = await t.open();
      const stored = t.make.version();
      await committed(t, storage, { versions: [stored] });
      const wrongs = [
        { wrong: t.make.version({ ecsId: stored.ecsId }), code: "MI_STORAGE_ID_REUSE" },
        { wrong: t.make.version({ refs: [t.make.ecsId()] }), code: "MI_STORAGE_MISSING_VERSION" },
      ] as const;
      for (const { wrong, code } of wrongs) {
        const fine = t.make.version();
        const commit = t.make.commit({ versions: [fine, wrong] });
        await refused(t, storage, commit, code, "one version of two is wrong");
        const other = t.make.version({ ecsId: fine.ecsId, type: "Other" });
        const repaired = t.make.commit({
          header: { ...commit.header, reason: "repaired" },
          versions: [other],
        });
        const sequence = await answers(t, storage, repaired, "committed");
        await checkStored(t, storage, [other], repaired, sequence);
      }
    },
  },
  {
    id: "C-032",
    level: "MUST",
    area: "commit",
    title:
      "An IdReuseError tells in its details whether a version or a commit was reused, and its id.",
    why: "Without the id nobody finds out which of a thousand versions is the wrong one.",
    async run(t) {
      const storage = await t.open();
      const stored = t.make.version();
      const { commit } = await committed(t, storage, { versions: [stored] });
      const versions = [t.make.version(), t.make.version({ ecsId: stored.ecsId })];
      const version = await t.rejects(
        () => storage.commit(t.make.commit({ versions })),
        "MI_STORAGE_ID_REUSE",
        "other content under a stored ecsId",
      );
      t.equal(version.details, { kind: "version", id: stored.ecsId }, "its details");
      const header = { ...commit.header, actor: "eve" };
      const reused = await t.rejects(
        () => storage.commit(t.make.commit({ header })),
        "MI_STORAGE_ID_REUSE",
        "another header under a known commit id",
      );
      t.equal(reused.details, { kind: "commit", id: commit.header.id }, "its details");
    },
  },
  {
    id: "C-033",
    level: "MUST",
    area: "commit",
    title: "A MissingVersionError names each missing version once, also when 1,500 are missing.",
    why: "An import that learns one missing id per attempt never ends.",
    async run(t) {
      const storage = await t.open();
      const known = t.make.version();
      await committed(t, storage, { versions: [known] });
      const absent = Array.from({ length: 1500 }, () => t.make.ecsId());
      const refs = [...absent.slice(0, 10), known.ecsId, ...absent.slice(0, 10)];
      const version = t.make.version({ refs, lists: [[...absent, known], absent.slice(500)] });
      const error = await t.rejects(
        () => storage.commit(t.make.commit({ versions: [version] })),
        "MI_STORAGE_MISSING_VERSION",
        "1,500 missing versions",
      );
      const missing = "missing" in error && Array.isArray(error.missing) ? error.missing : [];
      t.equal(missing.map(String).toSorted(), absent.toSorted(), "the ids that it names");
    },
  },
  {
    id: "C-034",
    level: "MUST",
    area: "commit",
    title: "A commit is refused whole, wherever in it the wrong version stands.",
    why: "A backend that writes as it checks has written the versions before the wrong one.",
    rules: ["F2", "C1"],
    async run(t) {
      const storage = await t.open();
      const stored = t.make.version();
      await committed(t, storage, { versions: [stored] });
      for (let place = 0; place <= 6; place++) {
        const reused = t.make.version({ ecsId: stored.ecsId });
        await refused(t, storage, around(t, place, reused), "MI_STORAGE_ID_REUSE", `at ${place}`);
        const dangling = t.make.version({ lists: [[stored, t.make.ecsId()]] });
        const missing = "MI_STORAGE_MISSING_VERSION";
        await refused(t, storage, around(t, place, dangling), missing, `at ${place}`);
      }
    },
  },
];

/** A commit of six good versions with a wrong one between them. */
function around(
  t: ClauseContext,
  place: number,
  wrong: ReturnType<ClauseContext["make"]["version"]>,
): ReturnType<ClauseContext["make"]["commit"]> {
  const versions = Array.from({ length: 6 }, () => t.make.version());
  return t.make.commit({ versions: versions.toSpliced(place, 0, wrong) });
}

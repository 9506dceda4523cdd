import type { CommitHeader, EntityRecord, MiError } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import type { CommitInit, VersionInit } from "../fixtures/fixtures.ts";
import { answers, checkHeads, checkStored, committed, conflicts, refused } from "./expectations.ts";

export const commitClauses: readonly Clause[] = [
  {
    id: "C-020",
    level: "MUST",
    area: "commit",
    title: "A committed version is read back with every field as it was written.",
    why: "A field that a backend forgets is lost for good, and nobody notices until it is needed.",
    rules: ["I1", "I2"],
    async run(t) {
      const storage = await t.open();
      const member = t.make.version({ type: "Message" });
      const base = t.make.version({ schemaVersion: 7, createdAt: "2019-12-31T23:59:59.999Z" });
      const other = t.make.version({ parent: base });
      const merged = t.make.version({
        parent: base,
        mergedFrom: other,
        refs: [member, member, base],
        lists: [[member, base, member], [], [other]],
      });
      const records = [member, base, other, merged];
      const { commit, sequence } = await committed(t, storage, { versions: records });
      await checkStored(t, storage, records, commit, sequence);
    },
  },
  {
    id: "C-021",
    level: "MUST",
    area: "commit",
    title:
      "read answers in the order of the ids, with repeated ids repeated and undefined for what is not stored.",
    why: "Callers match answers to ids by position.",
    async run(t) {
      const storage = await t.open();
      const [a, b, c] = [t.make.version(), t.make.version(), t.make.version()];
      await committed(t, storage, { versions: [t.make.version(), a, b, c] });
      const ids = [c.ecsId, t.make.ecsId(), a.ecsId, c.ecsId, b.ecsId];
      const read = await storage.read(ids);
      t.equal(
        read.map((version) => version?.record),
        [c, undefined, a, c, b],
        "the versions as asked",
      );
      t.equal(await storage.read([]), [], "no versions for no ids");
    },
  },
  {
    id: "C-022",
    level: "MUST",
    area: "commit",
    title:
      "Each new commit has a greater sequence than all before it, and its versions share it; a commit may have no versions.",
    why: "Storage order is the only order that does not depend on clocks.",
    async run(t) {
      const storage = await t.open();
      let last = 0;
      for (const count of [1, 3, 0, 2]) {
        const versions = Array.from({ length: count }, () => t.make.version());
        const { commit, sequence } = await committed(t, storage, { versions });
        t.ok(sequence > last, `sequence ${sequence} is greater than ${last}`);
        await checkStored(t, storage, versions, commit, sequence);
        last = sequence;
      }
      t.equal((await storage.stats()).commits, 4, "the number of commits");
    },
  },
  {
    id: "C-023",
    level: "MUST",
    area: "commit",
    title: "A known commit id with any other header is an IdReuseError, and nothing is written.",
    why: "A repeated commit has to be told from another one that took its id by mistake.",
    rules: ["C1"],
    async run(t) {
      const storage = await t.open();
      const cause = t.make.version();
      const { commit, sequence } = await committed(t, storage, { versions: [cause] });
      const changes: readonly Partial<CommitHeader>[] = [
        { createdAt: t.make.instant() },
        { operation: "" },
        { actor: "ada" },
        { reason: "because" },
        { correlationId: "request-1" },
        { cause: cause.ecsId },
        { metadata: "{ }" },
      ];
      for (const change of changes) {
        const header = { ...commit.header, ...change };
        const what = `another ${Object.keys(change).join()} under a known commit id`;
        await refusedReuse(t, storage, { header, versions: [t.make.version()] }, what);
        await refusedReuse(t, storage, { header, versions: [cause] }, what);
      }
      t.equal(await answers(t, storage, commit, "already-committed"), sequence, "its sequence");
    },
  },
  {
    id: "C-024",
    level: "MUST",
    area: "commit",
    title:
      "A stored ecsId with other content in any field is an IdReuseError, and nothing is written.",
    why: "A version that changes after it was committed makes every history that names it a lie.",
    rules: ["I1", "I2"],
    async run(t) {
      const storage = await t.open();
      const [one, two] = [t.make.version(), t.make.version()];
      const shape: VersionInit = { refs: [one, two], lists: [[one, two], [one]] };
      const stored = t.make.version({ ...shape, parent: one });
      await committed(t, storage, { versions: [one, two, stored] });
      const changes: readonly VersionInit[] = [
        { lineageId: t.make.lineageId() },
        { parent: two, lineageId: stored.lineageId },
        { parent: undefined, lineageId: stored.lineageId },
        { mergedFrom: two },
        { type: "note" },
        { schemaVersion: 2 },
        { createdAt: t.make.instant() },
        { data: `${stored.data} ` },
        { refs: [two, one] },
        { refs: [one] },
        { lists: [[two, one], [one]] },
        { lists: [[one, two, two], [one]] },
        { lists: [[one], [one, two]] },
        { lists: [[one, two]] },
      ];
      const { ecsId, createdAt, data } = stored;
      for (const change of changes) {
        const other = t.make.version({ ...shape, parent: one, ecsId, createdAt, data, ...change });
        const what = `another ${Object.keys(change)[0]} under a stored ecsId`;
        await refusedReuse(t, storage, { versions: [t.make.version(), other] }, what);
      }
    },
  },
  {
    id: "C-025",
    level: "MUST",
    area: "commit",
    title:
      "One ecsId twice in a commit is stored once when both are equal, and is an IdReuseError when they differ.",
    why: "An id source that repeats itself must not make one entity overwrite another.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const version = t.make.version();
      const other = t.make.version({ ecsId: version.ecsId });
      await refusedReuse(t, storage, { versions: [version, other] }, "one ecsId, two contents");
      const { commit, sequence } = await committed(t, storage, { versions: [version, version] });
      await checkStored(t, storage, [version], commit, sequence);
      t.equal((await storage.stats()).versions, 1, "the number of versions");
    },
  },
  {
    id: "C-026",
    level: "MUST",
    area: "commit",
    title:
      "A parent, merge parent, reference, list member or ref target that is neither stored nor in the commit is a MissingVersionError that names it, and nothing is written.",
    why: "A dangling reference is found years later, by whoever loads that version.",
    async run(t) {
      const storage = await t.open();
      const known = t.make.version();
      await committed(t, storage, { versions: [known] });
      const [absent, second] = [t.make.version(), t.make.version()];
      const inits: readonly VersionInit[] = [
        { parent: absent },
        { parent: known, mergedFrom: absent },
        { refs: [known, absent] },
        { lists: [[known], [known, absent, known]] },
      ];
      for (const init of inits) {
        const versions = [t.make.version(), t.make.version(init)];
        await refusedMissing(t, storage, { versions }, [absent]);
      }
      const refMoves = [{ name: "main", to: absent.ecsId }];
      await refusedMissing(t, storage, { versions: [t.make.version()], refMoves }, [absent]);
      await refusedMissing(t, storage, { refMoves }, [absent]);
      const both = t.make.version({ refs: [absent, known], lists: [[second, absent]] });
      await refusedMissing(t, storage, { versions: [both] }, [absent, second]);
    },
  },
  {
    id: "C-027",
    level: "MUST",
    area: "commit",
    title:
      "Versions of one commit may name each other in any order and in cycles, and its ref moves may name them.",
    why: "A new tree is committed whole; an order that a backend asks for does not exist in a cycle.",
    rules: ["F2"],
    async run(t) {
      const storage = await t.open();
      const [one, two, three] = [t.make.ecsId(), t.make.ecsId(), t.make.ecsId()];
      const first = t.make.version({ ecsId: one, refs: [two], lists: [[three, one]] });
      const second = t.make.version({ ecsId: two, refs: [one, two] });
      const third = t.make.version({ ecsId: three, parent: second });
      const { commit, sequence } = await committed(t, storage, {
        versions: [third, first, second],
        refMoves: [{ name: "main", to: three }],
      });
      await checkStored(t, storage, [first, second, third], commit, sequence);
      await checkHeads(t, storage, second.lineageId, [third], "the heads");
      const refs = await storage.refs({}, { limit: 10 });
      t.equal(refs.items, [{ name: "main", to: three }], "the refs");
    },
  },
  {
    id: "C-028",
    level: "MUST",
    area: "commit",
    title:
      "The checks come in their order: a known commit, stored versions, missing versions, then heads and refs.",
    why: "A caller does the right thing next only when the same mistake is the same error everywhere.",
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const { commit } = await committed(t, storage, { versions: [base] });
      await committed(t, storage, { versions: [t.make.version({ parent: base })] });
      const changed = t.make.version({ ecsId: base.ecsId });
      const dangling = t.make.version({ refs: [t.make.ecsId()] });
      const stale = {
        mustBeHeads: [base],
        refMoves: [{ name: "x", to: null, expected: base.ecsId }],
      };

      const otherHeader = { ...commit.header, actor: "eve" };
      const all = { ...stale, versions: [dangling, changed] };
      const commitReuse = await refusedReuse(
        t,
        storage,
        { ...all, header: otherHeader },
        "all wrong",
      );
      t.equal(commitReuse.details["kind"], "commit", "what was reused, with everything wrong");
      const versionReuse = await refusedReuse(t, storage, all, "all but the commit id wrong");
      t.equal(versionReuse.details["kind"], "version", "what was reused, with a new commit id");
      const missing = t.make.commit({ ...stale, versions: [dangling] });
      await refused(t, storage, missing, "MI_STORAGE_MISSING_VERSION", "missing and stale");
      const [heads] = await storage.heads([base.lineageId]);
      await conflicts(t, storage, t.make.commit({ ...stale, versions: [t.make.version()] }), {
        heads: [[base.lineageId, heads ?? []]],
      });
    },
  },
  {
    id: "C-029",
    level: "MUST",
    area: "commit",
    title: "The cause of a commit may be a version that is not stored.",
    why: "An imported history names causes that stayed behind.",
    async run(t) {
      const storage = await t.open();
      const cause = t.make.ecsId();
      await committed(t, storage, { versions: [t.make.version()], header: { cause } });
      const { items } = await storage.commits({}, { limit: 2 });
      t.equal(
        items.map((commit) => commit.cause),
        [cause],
        "the causes of all commits",
      );
    },
  },
  {
    id: "C-030",
    level: "MUST",
    area: "commit",
    title:
      "The versions of a commit are listed in the order that they have in it, children before parents and repeats included.",
    why: "Among the heads of one commit the last is the latest, so their order is content.",
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const children = [t.make.version({ parent: root }), t.make.version({ parent: root })];
      const rest = Array.from({ length: 12 }, () => t.make.version({ parent: root }));
      const versions = [...children, ...t.random.shuffled([root, ...rest])];
      const { commit } = await committed(t, storage, {
        versions: [...versions, ...t.random.shuffled(versions)],
      });
      for (const query of [{}, { commitId: commit.header.id }, { lineageId: root.lineageId }]) {
        const { items } = await storage.versions(query, { limit: 100 });
        t.equal(
          items.map(({ ecsId }) => ecsId),
          versions.map(({ ecsId }) => ecsId),
          `the versions with ${Object.keys(query).join() || "no filter"}`,
        );
      }
      const heads = versions.filter((version) => version !== root);
      await checkHeads(t, storage, root.lineageId, heads, "the heads");
    },
  },
];

async function refusedReuse(
  t: ClauseContext,
  storage: Parameters<typeof refused>[1],
  init: CommitInit,
  what: string,
): Promise<MiError> {
  return refused(t, storage, t.make.commit(init), "MI_STORAGE_ID_REUSE", what);
}

async function refusedMissing(
  t: ClauseContext,
  storage: Parameters<typeof refused>[1],
  init: CommitInit,
  missing: readonly EntityRecord[],
): Promise<void> {
  const commit = t.make.commit(init);
  const error = await refused(
    t,
    storage,
    commit,
    "MI_STORAGE_MISSING_VERSION",
    "something missing",
  );
  const named = "missing" in error && Array.isArray(error.missing) ? error.missing : [];
  t.equal(
    named.map(String).toSorted(),
    missing.map(({ ecsId }) => ecsId).toSorted(),
    "the ids that the error names in its property missing",
  );
}

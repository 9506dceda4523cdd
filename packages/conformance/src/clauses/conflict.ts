import type { Clause } from "../clause.ts";
import { answers, checkHeads, committed, conflicts } from "./expectations.ts";

export const conflictClauses: readonly Clause[] = [
  {
    id: "C-080",
    level: "MUST",
    area: "conflict",
    title:
      "A version of mustBeHeads that is no head is a conflict that tells the present heads, and nothing is written.",
    why: "Without it the second of two writers overwrites the first unseen.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const root = t.make.version();
      const [left, right] = [t.make.version({ parent: root }), t.make.version({ parent: root })];
      await committed(t, storage, { versions: [root, left] });
      await committed(t, storage, { versions: [right] });
      const late = t.make.commit({
        versions: [t.make.version(), t.make.version({ parent: root })],
        mustBeHeads: [root],
        refMoves: [{ name: "main", to: root.ecsId }],
      });
      await conflicts(t, storage, late, { heads: [[root.lineageId, [left, right]]] });
    },
  },
  {
    id: "C-081",
    level: "MUST",
    area: "conflict",
    title:
      "Each version of mustBeHeads has to be a head; the conflict tells only the stale lineages.",
    why: "A change of several entities is taken whole or not at all.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const [fresh, old, older] = [t.make.version(), t.make.version(), t.make.version()];
      const next = t.make.version({ parent: old });
      const branches = [t.make.version({ parent: older }), t.make.version({ parent: older })];
      await committed(t, storage, { versions: [fresh, old, older, next, ...branches] });
      const commit = t.make.commit({
        versions: [fresh, old, older].map((version) => t.make.version({ parent: version })),
        mustBeHeads: [fresh, old, older],
      });
      await conflicts(t, storage, commit, {
        heads: [
          [old.lineageId, [next]],
          [older.lineageId, branches],
        ],
      });
    },
  },
  {
    id: "C-082",
    level: "MUST",
    area: "conflict",
    title:
      "A ref that is not as expected is a conflict that tells where it points now, and nothing is written.",
    why: "A named ref is moved by compare-and-set, or two workers both believe that they released.",
    async run(t) {
      const storage = await t.open();
      const [a, b] = [t.make.version(), t.make.version()];
      await committed(t, storage, {
        versions: [a, b],
        refMoves: [
          { name: "at-a", to: a.ecsId },
          { name: "at-b", to: b.ecsId },
        ],
      });
      const refMoves = [
        { name: "at-a", to: b.ecsId, expected: b.ecsId },
        { name: "absent", to: b.ecsId, expected: a.ecsId },
        { name: "at-b", to: a.ecsId, expected: null },
        { name: "fine", to: a.ecsId, expected: null },
        { name: "any", to: a.ecsId },
      ];
      await conflicts(t, storage, t.make.commit({ versions: [t.make.version()], refMoves }), {
        refs: [
          { name: "at-a", to: a.ecsId },
          { name: "at-b", to: b.ecsId },
        ],
      });
      const removal = [{ name: "at-a", to: null, expected: b.ecsId }];
      await conflicts(t, storage, t.make.commit({ refMoves: removal }), {
        refs: [{ name: "at-a", to: a.ecsId }],
      });
      const absent = [{ name: "absent", to: null, expected: a.ecsId }];
      await conflicts(t, storage, t.make.commit({ refMoves: absent }), {});
    },
  },
  {
    id: "C-083",
    level: "MUST",
    area: "conflict",
    title: "Stale heads and stale refs of one commit are told in one conflict.",
    why: "A caller that learns them one after the other tries more often than it has to.",
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base });
      await committed(t, storage, {
        versions: [base, next],
        refMoves: [{ name: "main", to: next.ecsId }],
      });
      const commit = t.make.commit({
        versions: [t.make.version({ parent: base })],
        mustBeHeads: [base],
        refMoves: [{ name: "main", to: base.ecsId, expected: base.ecsId }],
      });
      await conflicts(t, storage, commit, {
        heads: [[base.lineageId, [next]]],
        refs: [{ name: "main", to: next.ecsId }],
      });
    },
  },
  {
    id: "C-084",
    level: "MUST",
    area: "conflict",
    title: "A commit whose heads and refs are as expected is committed.",
    why: "A check that is too strict is a store that nobody can write to.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const side = t.make.version({ parent: base });
      const refMoves = [{ name: "main", to: base.ecsId, expected: null }];
      await committed(t, storage, { versions: [base], refMoves });
      const next = t.make.version({ parent: base });
      await committed(t, storage, {
        versions: [next],
        mustBeHeads: [base],
        refMoves: [
          { name: "main", to: next.ecsId, expected: base.ecsId },
          { name: "new", to: next.ecsId, expected: null },
          { name: "any", to: base.ecsId },
        ],
      });
      await committed(t, storage, { versions: [side] });
      await committed(t, storage, {
        versions: [t.make.version({ parent: next, mergedFrom: side })],
        mustBeHeads: [next, side, next],
        refMoves: [{ name: "new", to: null, expected: next.ecsId }],
      });
      const { items } = await storage.refs({}, { limit: 10 });
      t.equal(
        items,
        [
          { name: "any", to: base.ecsId },
          { name: "main", to: next.ecsId },
        ],
        "the refs at last",
      );
    },
  },
  {
    id: "C-085",
    level: "MUST",
    area: "conflict",
    title: "A conflict leaves no trace of the commit's id or of its versions' ids.",
    why: "The caller repairs its commit and sends it again, with the ids that it has handed out.",
    rules: ["F2"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base });
      await committed(t, storage, { versions: [base, next] });
      const late = t.make.version({ parent: base });
      const commit = t.make.commit({ versions: [late], mustBeHeads: [base] });
      await conflicts(t, storage, commit, { heads: [[base.lineageId, [next]]] });
      const repaired = t.make.commit({
        header: { ...commit.header, reason: "second attempt" },
        versions: [t.make.version({ ecsId: late.ecsId, parent: next })],
        mustBeHeads: [next],
      });
      await answers(t, storage, repaired, "committed");
      await checkHeads(t, storage, base.lineageId, [late], "the heads after the second attempt");
    },
  },
  {
    id: "C-086",
    level: "MUST",
    area: "conflict",
    title:
      "A version of mustBeHeads that is not stored is a conflict that tells no heads for it, also when the commit itself brings it.",
    why: "What is not stored is no head; an id that was mistyped must not let a commit through.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const base = t.make.version();
      const next = t.make.version({ parent: base });
      await committed(t, storage, { versions: [base, next] });
      const unknown = t.make.commit({
        versions: [t.make.version()],
        mustBeHeads: [t.make.ecsId()],
      });
      await conflicts(t, storage, unknown, {});
      const own = t.make.version();
      await conflicts(t, storage, t.make.commit({ versions: [own], mustBeHeads: [own] }), {});
      const mustBeHeads = [t.make.ecsId(), base, next];
      await conflicts(t, storage, t.make.commit({ mustBeHeads }), {
        heads: [[base.lineageId, [next]]],
      });
    },
  },
  {
    id: "C-087",
    level: "MUST",
    area: "conflict",
    title:
      "Several moves of one ref in a commit are each checked against the state before it, and the last of them counts.",
    why: "The checks of a commit come before its writes; a move that saw another one half done would be neither.",
    async run(t) {
      const storage = await t.open();
      const versions = [t.make.version(), t.make.version(), t.make.version()] as const;
      const [a, b, c] = [versions[0].ecsId, versions[1].ecsId, versions[2].ecsId];
      const name = "main";
      await committed(t, storage, { versions, refMoves: [{ name, to: a }] });
      await committed(t, storage, {
        refMoves: [
          { name, to: b, expected: a },
          { name, to: c, expected: a },
          { name: "short-lived", to: a, expected: null },
          { name: "short-lived", to: null },
        ],
      });
      const now = [{ name, to: c }];
      t.equal((await storage.refs({}, { limit: 10 })).items, now, "the refs after two moves");
      const chained = [
        { name, to: a, expected: c },
        { name, to: b, expected: a },
      ];
      await conflicts(t, storage, t.make.commit({ refMoves: chained }), { refs: now });
      const remade = [
        { name, to: null },
        { name, to: b, expected: null },
      ];
      await conflicts(t, storage, t.make.commit({ refMoves: remade }), { refs: now });
      const wrongs = [
        [b, null],
        [b, c],
        [c, b],
      ];
      for (const [first, second] of wrongs) {
        const refMoves = [
          { name, to: a, expected: first },
          { name, to: b, expected: second },
        ];
        await conflicts(t, storage, t.make.commit({ refMoves }), { refs: now });
      }
    },
  },
  {
    id: "C-088",
    level: "MUST",
    area: "conflict",
    title: "mustBeHeads checks versions that the commit does not fork too, and ends none of them.",
    why: "A decision that was made by looking at another entity holds only while that one is as it was.",
    async run(t) {
      const storage = await t.open();
      const [watched, changed] = [t.make.version(), t.make.version()];
      await committed(t, storage, { versions: [watched, changed] });
      const next = t.make.version({ parent: changed });
      await committed(t, storage, { versions: [next], mustBeHeads: [watched] });
      await checkHeads(t, storage, watched.lineageId, [watched], "the heads of what was watched");
      await committed(t, storage, { mustBeHeads: [watched, next] });
      const moved = t.make.version({ parent: watched });
      await committed(t, storage, { versions: [moved] });
      const late = t.make.commit({
        versions: [t.make.version({ parent: next })],
        mustBeHeads: [watched],
      });
      await conflicts(t, storage, late, { heads: [[watched.lineageId, [moved]]] });
    },
  },
  {
    id: "C-089",
    level: "MUST",
    area: "conflict",
    title:
      "A commit that met a conflict may come again unchanged, and is judged by the state then.",
    why: "A lock that was taken is free again a moment later.",
    async run(t) {
      const storage = await t.open();
      const [mine, theirs] = [t.make.version(), t.make.version()];
      const name = "lock";
      await committed(t, storage, {
        versions: [mine, theirs],
        refMoves: [{ name, to: theirs.ecsId }],
      });
      const take = t.make.commit({
        versions: [t.make.version({ parent: mine })],
        mustBeHeads: [mine],
        refMoves: [{ name, to: mine.ecsId, expected: null }],
      });
      const held = { refs: [{ name, to: theirs.ecsId }] };
      await conflicts(t, storage, take, held);
      await conflicts(t, storage, take, held);
      await committed(t, storage, { refMoves: [{ name, to: null, expected: theirs.ecsId }] });
      await answers(t, storage, take, "committed");
      await answers(t, storage, take, "already-committed");
    },
  },
];

import { RefList } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { isArray, isMap, isRefList } from "../assert/first-difference.ts";
import { answers, checkStored, committed, refused } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const immutabilityClauses: readonly Clause[] = [
  {
    id: "C-240",
    level: "MUST",
    area: "immutability",
    title: "Changing what was read changes nothing that is stored.",
    why: "A store that hands out its own objects lets any reader rewrite history.",
    rules: ["I1", "I3"],
    async run(t) {
      const storage = await t.open();
      const member = t.make.version();
      const base = t.make.version({ refs: [member], lists: [[member, member], []] });
      const branch = t.make.version({ parent: base, lists: [[member, base]] });
      const second = t.make.version({ parent: base });
      await committed(t, storage, {
        versions: [member, base, branch, second],
        header: { actor: "ada" },
        refMoves: [{ name: "main", to: branch.ecsId }],
      });
      const before = JSON.stringify(await visibleState(storage), plain);
      const tree = await storage.readTree([branch.ecsId]);
      const conflict = await storage.commit(
        t.make.commit({
          mustBeHeads: [base],
          refMoves: [{ name: "main", to: base.ecsId, expected: null }],
        }),
      );
      const first = await visibleState(storage);
      for (const answer of [first, tree, conflict]) spoil(answer);
      const after = JSON.stringify(await visibleState(storage), plain);
      t.equal(after, before, "what is stored after readers changed what they got");
    },
  },
  {
    id: "C-241",
    level: "MUST",
    area: "immutability",
    title: "Changing what was committed, after the commit, changes nothing that is stored.",
    why: "A caller may use its objects again once its commit is answered.",
    rules: ["I1"],
    async run(t) {
      const storage = await t.open();
      const member = t.make.version();
      await committed(t, storage, { versions: [member] });
      const frozen = t.make.version({ refs: [member], lists: [[member]] });
      const record = {
        ...frozen,
        refs: [...frozen.refs],
        lists: frozen.lists.map((list) => RefList.from([...list])),
      };
      const commit = {
        header: { ...t.make.header({ actor: "ada" }) },
        versions: [{ record, bases: [null] }],
        mustBeHeads: [],
        refMoves: [{ name: "main", to: record.ecsId }],
      };
      await answers(t, storage, commit, "committed");
      const before = JSON.stringify(await visibleState(storage), plain);
      const [stored] = await storage.read([record.ecsId]);
      t.equal(stored?.record, frozen, "the record as read back");
      spoil(commit);
      const after = JSON.stringify(await visibleState(storage), plain);
      t.equal(after, before, "what is stored after the caller changed what it had committed");
    },
  },
  {
    id: "C-242",
    level: "MUST",
    area: "immutability",
    title: "An answer that was given stays as it is, whatever is written afterwards.",
    why: "A reader that waits for something else in between must not see its data change under its hands.",
    rules: ["I3"],
    async run(t) {
      const [storage, writer] = [await t.open(), await t.open()];
      const member = t.make.version();
      const base = t.make.version({ lists: [[member]] });
      await committed(t, storage, {
        versions: [member, base],
        refMoves: [{ name: "main", to: base.ecsId }],
      });
      const conflict = await storage.commit(
        t.make.commit({
          mustBeHeads: [t.make.ecsId()],
          refMoves: [{ name: "main", to: null, expected: null }],
        }),
      );
      const answers = [await visibleState(storage), await storage.readTree([base.ecsId]), conflict];
      const before = JSON.stringify(answers, plain);
      const grown = t.make.edited(base, [[{ at: 1, remove: 0, insert: [member.ecsId] }]]);
      await committed(t, writer, {
        versions: [grown, t.make.version({ parent: base })],
        refMoves: [
          { name: "main", to: member.ecsId },
          { name: "a", to: member.ecsId },
        ],
      });
      await committed(t, storage, { versions: [t.make.version({ parent: member })] });
      await visibleState(storage);
      await storage.readTree([base.ecsId]);
      t.equal(
        JSON.stringify(answers, plain),
        before,
        "the answers after more was written and read",
      );
      await writer.clear();
      t.equal(JSON.stringify(answers, plain), before, "the answers after all was deleted");
    },
  },
  {
    id: "C-243",
    level: "MUST",
    area: "immutability",
    title:
      "A version reads the same in every instance and each time, whatever was committed after it.",
    why: "This is the promise that everything else stands on.",
    rules: ["I1", "M5"],
    async run(t) {
      const storage = await t.open();
      const member = t.make.version();
      const watched = t.make.version({ refs: [member], lists: [[member, member]] });
      const { commit, sequence } = await committed(t, storage, { versions: [member, watched] });
      const check = async (): Promise<void> => {
        for (const instance of [storage, await t.open()])
          await checkStored(t, instance, [watched, member, watched], commit, sequence);
      };
      const next = t.make.edited(watched, [[{ at: 0, remove: 1, insert: [] }]], { refs: [] });
      await committed(t, storage, { versions: [next], mustBeHeads: [watched] });
      await check();
      const branch = t.make.version({ parent: watched, type: "Other", schemaVersion: 9 });
      const merged = t.make.version({ parent: branch, mergedFrom: next.record });
      await committed(t, storage, { versions: [branch, merged] });
      await check();
      const header = { ...commit.header };
      await committed(t, storage, { versions: [watched, t.make.version({ refs: [watched] })] });
      await answers(
        t,
        storage,
        t.make.commit({ header, versions: [watched] }),
        "already-committed",
      );
      const other = t.make.version({ ecsId: watched.ecsId });
      const reuse = "MI_STORAGE_ID_REUSE";
      await refused(t, storage, t.make.commit({ versions: [other] }), reuse, "other content");
      await check();
    },
  },
];

/** For JSON: lists and maps by their content. */
function plain(_key: string, value: unknown): unknown {
  if (isRefList(value)) return { list: [...value] };
  return isMap(value) ? [...value] : value;
}

/** Overwrites all that it can reach and that lets itself be written. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (isRefList(value)) {
    spoil(value.slice(0, value.length));
    for (const key of Object.keys(value)) Reflect.set(value, key, 0);
    return;
  }
  if (isMap(value)) {
    for (const inner of value.values()) spoil(inner);
    Map.prototype.clear.call(value);
    return;
  }
  for (const inner of isArray(value) ? value : Object.values(value)) spoil(inner);
  for (const key of Object.keys(value)) {
    Reflect.set(value, key, "spoiled");
    Reflect.deleteProperty(value, key);
  }
}

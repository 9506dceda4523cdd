import { RefList } from "@mi/ecs";
import type { Clause } from "../clause.ts";
import { isArray, isMap, isRefList } from "../assert/first-difference.ts";
import { answers, committed } from "./expectations.ts";
import { visibleState } from "./visible-state.ts";

export const immutabilityClauses: readonly Clause[] = [
  {
    id: "C-240",
    level: "MUST",
    area: "immutability",
    title: "Changing what was read changes nothing that is stored.",
    why: "A store that hands out its own objects lets any reader rewrite history.",
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

import type { EcsId, RefMove } from "@mi/ecs";
import type { Clause, ClauseContext } from "../clause.ts";
import { committed, conflicts } from "./expectations.ts";

/** What a move may say of the place of its ref, and how that is written. */
type Expectation = Pick<RefMove, "expected">;

export const refExpectationClauses: readonly Clause[] = [
  {
    id: "C-090",
    level: "MUST",
    area: "conflict",
    title:
      "A ref move that expects undefined, or does not say, is taken wherever the ref is; one that expects null is taken only where there is none.",
    why: "Taken for null, undefined refuses to move what is there; taken for undefined, null overwrites the release of somebody else.",
    rules: ["C2"],
    async run(t) {
      const storage = await t.open();
      const versions = [t.make.version(), t.make.version(), t.make.version()] as const;
      const [here, elsewhere, target] = [
        versions[0].ecsId,
        versions[1].ecsId,
        versions[2].ecsId,
      ] as const;
      await committed(t, storage, { versions });
      const expectations: readonly Expectation[] = [
        {},
        { expected: undefined },
        { expected: null },
        { expected: here },
        { expected: elsewhere },
      ];
      let count = 0;
      for (const at of [null, here])
        for (const to of [target, null])
          for (const expectation of expectations) {
            const name = `ref-${count++}`;
            if (at !== null) await committed(t, storage, { refMoves: [{ name, to: at }] });
            t.note(`a move to ${to} ${wordsOf(expectation)}, of a ref that is at ${at}`);
            const refMoves = [{ name, to, ...expectation }];
            const isTaken = expectation.expected === undefined || expectation.expected === at;
            if (isTaken) await committed(t, storage, { refMoves });
            else
              await conflicts(t, storage, t.make.commit({ refMoves }), {
                refs: at === null ? [] : [{ name, to: at }],
              });
            await checkPlace(t, storage, name, isTaken ? to : at);
          }
    },
  },
];

function wordsOf(expectation: Expectation): string {
  return "expected" in expectation ? `that expects ${expectation.expected}` : "that does not say";
}

async function checkPlace(
  t: ClauseContext,
  storage: Parameters<typeof committed>[1],
  name: string,
  to: EcsId | null,
): Promise<void> {
  const { items } = await storage.refs({ names: [name] }, { limit: 2 });
  t.equal(items, to === null ? [] : [{ name, to }], "where the ref is afterwards");
}

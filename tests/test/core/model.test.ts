import { describe, expect, test } from "@jest/globals";
import type { EcsId } from "@mi/ecs";
import { fixture } from "./fixtures/library.ts";
import {
  affected,
  assertHistory,
  edits,
  ownContent,
  pairsOf,
  Random,
  reachable,
  textOf,
  Vertex,
  type Pair,
  type Plain,
} from "./fixtures/random-graph.ts";

const RUNS = 2000;
const STEPS = 14;

/** One run: random edits of a random graph against plain objects; every fork, branch, merge and revert is checked. */
async function run(seed: number): Promise<void> {
  const random = new Random(seed);
  const { registry, made } = fixture();
  let pool: Pair[] = [newPair(random), newPair(random), newPair(random)];
  let root = random.pick(pool);
  let committed = new Map<Plain, string>();
  const history = new Map<EcsId, string>();
  const numbers = new Map<Plain, number>();
  const numberOf = (plain: Plain): number => {
    if (!numbers.has(plain)) numbers.set(plain, numbers.size);
    return numbers.get(plain) ?? 0;
  };

  const fork = async (): Promise<void> => {
    const expected = affected(
      root.plain,
      (plain) => committed.get(plain) !== ownContent(plain, numberOf),
    );
    same(root.vertex.hasModifications(), expected.size > 0);
    await registry.register(root.vertex);
    same(await made(), expected.size);
    for (const plain of expected) committed.set(plain, ownContent(plain, numberOf));
    history.set(root.vertex.ecsId, textOf(root.plain));
  };
  /** Takes a tree that was moved or loaded as the one to go on with. */
  const goOn = (vertex: Vertex): void => {
    pool = pairsOf(vertex);
    committed = new Map(pool.map(({ plain }) => [plain, ownContent(plain, numberOf)]));
    root = pool.find((pair) => pair.vertex === vertex) ?? root;
  };

  await fork();
  for (let step = 0; step < STEPS; step++) {
    const action = random.below(20);
    if (action < 13) random.pick(edits)(random.pick(pool), pool, random);
    else if (action === 13) pool.push(newPair(random));
    else if (action < 17) await fork();
    else {
      await fork();
      const old = random.pick([...history.keys()].filter((id) => history.has(id)));
      if (action === 17) goOn(await registry.getOrThrow(Vertex, old));
      else if ((await registry.coldSnapshot(old))?.lineageId === root.vertex.lineageId) {
        if (action === 18) {
          await root.vertex.revert(old, { onto: await head(root.vertex) });
          same(textOf(root.vertex), history.get(old));
        } else {
          await registry.merge(root.vertex, old, {
            resolve: () => random.pick(["ours", "theirs"]),
          });
        }
        same(root.vertex.hasModifications(), false);
        history.set(root.vertex.ecsId, textOf(root.vertex));
        goOn(root.vertex);
        await made();
      }
    }
    same(textOf(root.vertex), textOf(root.plain));
  }
  await fork();
  same(reachable(root.plain).size, root.vertex.subEntities().length + 1);
  await assertHistory(registry, history);

  async function head(vertex: Vertex): Promise<EcsId> {
    const heads = await registry.heads(vertex.lineageId);
    return heads.includes(vertex.ecsId) ? vertex.ecsId : random.pick(heads);
  }
}

function newPair(random: Random): Pair {
  const name = `new${random.below(100)}`;
  return {
    vertex: new Vertex({ name }),
    plain: { name, tags: [], next: null, list: [], named: {} },
  };
}

function same<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`got\n${String(actual)}\nexpected\n${String(expected)}`);
}

describe("The core against a plain model", () => {
  test(`${RUNS} runs of random edits, forks, branches, merges and reverts`, async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= RUNS && failures.length < 3; seed++)
      await run(seed).catch((error: unknown) => failures.push(`seed ${seed}: ${String(error)}`));
    expect(failures).toEqual([]);
  }, 240_000);
});

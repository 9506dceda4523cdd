import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { entity, type Entity } from "../../src/entity/entity.ts";
import {
  EntityDependencyGraph,
  type DependencyNode,
} from "../../src/graph/entity-dependency-graph.ts";
import { ecsId } from "./fixtures/records.ts";
import { lineageRef, ref } from "../../src/schema/reference.ts";

class Item extends entity("graph.Item", {
  name: z.string(),
  next: ref<Item>((): unknown => Item)
    .nullable()
    .default(null),
  items: z.array(ref<Item>((): unknown => Item)).default([]),
  nested: z
    .record(
      z.string(),
      ref<Item>((): unknown => Item),
    )
    .default({}),
  weak: lineageRef("graph.Item").nullable().default(null),
}) {}

const item = (name: string): Item => new Item({ name });

const names = (nodes: readonly DependencyNode[]): string =>
  nodes.map(({ entity: found }) => (found instanceof Item ? found.name : "?")).join(" ");

/** Items by the names of what each holds, e.g. `{ a: "b c", b: "" }`; the first one is the root. */
function graphOf(holds: Readonly<Record<string, string>>): {
  graph: EntityDependencyGraph;
  of: (name: string) => Entity["ecsId"];
} {
  const made = new Map(Object.keys(holds).map((name) => [name, item(name)]));
  const of = (name: string): Item => made.get(name) ?? item(name);
  for (const [name, held] of Object.entries(holds))
    of(name).items = held.split(" ").filter(Boolean).map(of);
  return {
    graph: new EntityDependencyGraph(of(Object.keys(holds)[0] ?? "")),
    of: (name) => of(name).ecsId,
  };
}

describe("EntityDependencyGraph", () => {
  test("a node for each entity of the tree, with what it holds and what holds it, each once", () => {
    const { graph, of } = graphOf({ book: "p1 p2 p1", p1: "usage", p2: "usage", usage: "" });
    expect(names(graph.nodes)).toBe("book p1 usage p2");
    expect(graph.node(of("book"))).toEqual({
      id: of("book"),
      entity: expect.anything(),
      dependencies: [of("p1"), of("p2")],
      dependents: [],
    });
    expect(names(graph.dependenciesOf(of("book")))).toBe("p1 p2");
    expect(names(graph.dependentsOf(of("usage")))).toBe("p1 p2");
    expect(graph.node(ecsId(99))).toBeUndefined();
    expect(graph.dependenciesOf(ecsId(99))).toEqual([]);
    expect(graph.dependentsOf(ecsId(99))).toEqual([]);
  });

  test("references count in every position, weak ones and holders outside of the tree do not", () => {
    const [root, direct, deep, weak] = [item("root"), item("direct"), item("deep"), item("weak")];
    root.next = direct;
    root.nested["x"] = deep;
    root.weak = weak.lineageId;
    item("outside").next = direct;
    const graph = new EntityDependencyGraph(root);
    expect(names(graph.nodes)).toBe("root direct deep");
    expect(names(graph.dependentsOf(direct.ecsId))).toBe("root");
  });

  test("the graph is of the tree as it was", () => {
    const root = item("root");
    const graph = new EntityDependencyGraph(root);
    root.next = item("later");
    expect(names(graph.nodes)).toBe("root");
  });

  test("what is no entity is refused", () => {
    expect(() => new EntityDependencyGraph({})).toThrow(/expected an entity/);
  });

  test.each([
    ["a diamond", { a: "b c", b: "d", c: "d", d: "" }, "d b c a"],
    ["a chain", { a: "b", b: "c", c: "" }, "c b a"],
    ["a circle", { a: "b", b: "c", c: "a" }, "c b a"],
    ["what a circle leads to comes before all of it", { a: "b c", b: "a", c: "" }, "c b a"],
    ["what leads into a circle comes after all of it", { x: "b", b: "c", c: "b" }, "c b x"],
    ["two circles, one leading to the other", { a: "b", b: "a c", c: "d", d: "c" }, "d c b a"],
    ["an entity that holds itself", { a: "a b", b: "" }, "b a"],
  ])("topological: %s", (_name, holds: Record<string, string>, expected) => {
    expect(names(graphOf(holds).graph.topological())).toBe(expected);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ["none", { a: "b c", b: "c", c: "" }, []],
    ["a circle in its order", { a: "b", b: "c", c: "a" }, ["a b c"]],
    ["without what leads into it", { x: "a", a: "b", b: "c", c: "a" }, ["a b c"]],
    ["without what it leads to", { a: "b y", b: "a", y: "z", z: "" }, ["a b"]],
    ["entered in the middle", { x: "c", c: "a", a: "b", b: "c" }, ["c a b"]],
    ["an entity that holds itself", { a: "b", b: "b" }, ["b"]],
    ["two of them, as they come", { a: "d b", b: "c", c: "b", d: "e", e: "d" }, ["d e", "b c"]],
    ["circles with a common part are one group", { a: "c b", b: "a", c: "a" }, ["a c b"]],
    ["a circle of which one holds itself", { a: "b", b: "b a" }, ["a b"]],
    ["a circle with a short cut", { a: "b c", b: "c", c: "a" }, ["a b c"]],
  ])("cycles: %s", (_name, holds, expected) => {
    const { graph } = graphOf(holds);
    expect(graph.cycles().map(names)).toEqual(expected);
    expect(graph.hasCycles).toBe(expected.length > 0);
  });

  test("roots: the entity itself, or all of the cycle that it is in", () => {
    const tree = graphOf({ a: "b", b: "c", c: "b" });
    expect(names(tree.graph.roots())).toBe("a");
    expect([tree.of("a"), tree.of("b"), ecsId(99)].map((id) => tree.graph.isRoot(id))).toEqual([
      true,
      false,
      true,
    ]);
    const circle = graphOf({ a: "b", b: "a c", c: "" });
    expect(names(circle.graph.roots())).toBe("a b");
    expect(circle.graph.isRoot(circle.of("c"))).toBe(false);
    expect(names(graphOf({ a: "a" }).graph.roots())).toBe("a");
  });

  test("chains and circles of 10,000", () => {
    const items = Array.from({ length: 10_000 }, (_, i) => item(String(i)));
    for (const [i, each] of items.entries()) each.next = items[i + 1] ?? null;
    const [first] = items;
    const last = items[9_999];
    if (first === undefined || last === undefined) throw new Error("no items");
    const inOrder = items.map(({ name }) => name).join(" ");
    expect(names(new EntityDependencyGraph(first).topological().toReversed())).toBe(inOrder);
    last.next = first;
    const circle = new EntityDependencyGraph(first);
    expect(circle.cycles().map(names)).toEqual([inOrder]);
    expect(circle.topological()).toHaveLength(10_000);
  });

  test("in any graph: exact groups, every node once, after all it depends on outside of its group", () => {
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 16 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const items = Array.from({ length: 8 }, (_, i) => item(String(i)));
        for (const [from, to] of pairs) {
          const held = items[to];
          if (held !== undefined) items[from]?.items.push(held);
        }
        const root = item("root");
        root.items = items;
        const graph = new EntityDependencyGraph(root);
        const order = graph.topological();
        const reaches = reachability(graph);
        const isGroup = (a: DependencyNode, b: DependencyNode): boolean =>
          reaches(a, b) && reaches(b, a);
        const groups = new Set(
          order
            .filter((node) => reaches(node, node))
            .map((node) => names(order.filter((other) => isGroup(node, other)).sort(byName))),
        );
        expect(
          graph
            .cycles()
            .map((cycle) => names(cycle.toSorted(byName)))
            .sort(),
        ).toEqual([...groups].sort());
        expect(order.toSorted(byName)).toEqual(graph.nodes.toSorted(byName));
        const misplaced = order.filter((node, place) =>
          order.slice(place + 1).some((later) => reaches(node, later) && !isGroup(node, later)),
        );
        expect(misplaced).toEqual([]);
      }),
      { seed: 20260108, numRuns: 200 },
    );
  });
});

function byName(a: DependencyNode, b: DependencyNode): number {
  return names([a]).localeCompare(names([b]));
}

/** Whether one or more steps lead from the one to the other: Warshall's closure. */
function reachability(
  graph: EntityDependencyGraph,
): (from: DependencyNode, to: DependencyNode) => boolean {
  const reached = new Map(graph.nodes.map((node) => [node.id, new Set(node.dependencies)]));
  for (const via of reached.keys())
    for (const targets of reached.values())
      if (targets.has(via)) for (const target of reached.get(via) ?? []) targets.add(target);
  return (from, to) => reached.get(from.id)?.has(to.id) === true;
}

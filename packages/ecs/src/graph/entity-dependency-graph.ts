import { childrenOf, reachableFrom } from "../entity/children.ts";
import { requireState, type WarmState } from "../entity/warm-state.ts";
import type { EcsId } from "../ids.ts";
import { stronglyConnected } from "./strongly-connected.ts";

/** One version in a graph. */
export interface DependencyNode {
  readonly id: EcsId;
  readonly entity: object;
  /** What it holds, each once, in document order. */
  readonly dependencies: readonly EcsId[];
  /** What in the tree holds it, each once, in document order. */
  readonly dependents: readonly EcsId[];
}

/**
 * Which entity of a tree holds which, as the tree was when the graph was made. A version is one node, under its `ecsId`; two
 * warm copies of a version are one too. New and changed entities stand under the id that they have at present. All orders are
 * the same in every run.
 *
 * @example
 * const graph = new EntityDependencyGraph(book);
 * for (const { entity } of graph.topological()) copy(entity); // pages before the book
 */
export class EntityDependencyGraph {
  readonly #nodes: ReadonlyMap<EcsId, DependencyNode>;
  /** Dependencies first. */
  readonly #components: readonly (readonly DependencyNode[])[];
  readonly #roots: ReadonlySet<DependencyNode>;

  /** @param root an entity: the graph is of its tree */
  constructor(root: object) {
    this.#nodes = nodesOf(requireState(root));
    this.#components = stronglyConnected([...this.#nodes.values()], (node) =>
      this.dependenciesOf(node.id),
    );
    this.#roots = rootsOf(this.#components);
  }

  /** All of them, the root first, in document order. */
  get nodes(): readonly DependencyNode[] {
    return [...this.#nodes.values()];
  }

  /** An entity of the graph by its version; `undefined` for any other id. */
  node(id: EcsId): DependencyNode | undefined {
    return this.#nodes.get(id);
  }

  /** What the entity holds; empty for an id that is not in the graph. */
  dependenciesOf(id: EcsId): readonly DependencyNode[] {
    return this.#all(this.#nodes.get(id)?.dependencies);
  }

  /** What in the tree holds the entity; empty for an id that is not in the graph. */
  dependentsOf(id: EcsId): readonly DependencyNode[] {
    return this.#all(this.#nodes.get(id)?.dependents);
  }

  /**
   * Every node once, each after all that it depends on, directly or through others. Those of one cycle stand together,
   * each after what it holds save where the circle closes.
   */
  topological(): readonly DependencyNode[] {
    return this.#components.flat();
  }

  /**
   * The largest groups of entities that all hold each other, directly or through others; an entity that holds itself is one
   * too. A simple circle stands in its order, each before the one that it holds, from the one that comes first in the
   * document; any other group in document order.
   */
  cycles(): readonly (readonly DependencyNode[])[] {
    const places = new Map(this.nodes.map((node, place) => [node, place]));
    const placeOf = (node: DependencyNode | undefined): number =>
      (node === undefined ? undefined : places.get(node)) ?? -1;
    return this.#components
      .filter(isCycle)
      .map((members) => members.toSorted((a, b) => placeOf(a) - placeOf(b)))
      .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
      .map((members) => this.#inCircle(members));
  }

  get hasCycles(): boolean {
    return this.#components.some(isCycle);
  }

  /** What nothing else holds: the entity that the graph was made from, and with it all of the cycle that it is in. */
  roots(): readonly DependencyNode[] {
    return this.nodes.filter((node) => this.#roots.has(node));
  }

  /** Whether nothing in the tree outside its own cycle holds it; so true for an id that is not in the graph. */
  isRoot(id: EcsId): boolean {
    const node = this.#nodes.get(id);
    return node === undefined || this.#roots.has(node);
  }

  #all(ids: readonly EcsId[] = []): readonly DependencyNode[] {
    return ids.map((id) => this.#nodes.get(id)).filter((node) => node !== undefined);
  }

  /** The members along the circle, when each of them holds exactly one other. */
  #inCircle(members: readonly DependencyNode[]): readonly DependencyNode[] {
    const group = new Set(members);
    const circle: DependencyNode[] = [];
    for (let node = members[0]; node !== undefined && circle.length < members.length;) {
      const [next, ...others] = this.dependenciesOf(node.id).filter((held) => group.has(held));
      if (others.length > 0) return members;
      circle.push(node);
      node = next;
    }
    return circle;
  }
}

function nodesOf(root: WarmState): ReadonlyMap<EcsId, DependencyNode> {
  const dependencies = new Map<EcsId, Set<EcsId>>();
  const dependents = new Map<EcsId, Set<EcsId>>();
  const entities = new Map<EcsId, object>();
  for (const state of reachableFrom([root])) {
    const held = setAt(dependencies, state.ecsId);
    if (!entities.has(state.ecsId)) entities.set(state.ecsId, state.entity);
    for (const child of childrenOf(state)) {
      held.add(child.ecsId);
      setAt(dependents, child.ecsId).add(state.ecsId);
    }
  }
  return new Map(
    Array.from(entities, ([id, entity]) => [
      id,
      {
        id,
        entity,
        dependencies: [...setAt(dependencies, id)],
        dependents: [...setAt(dependents, id)],
      },
    ]),
  );
}

function setAt<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Set<V>();
  map.set(key, made);
  return made;
}

function isCycle(members: readonly DependencyNode[]): boolean {
  const [first] = members;
  return members.length > 1 || first?.dependencies.includes(first.id) === true;
}

function rootsOf(components: readonly (readonly DependencyNode[])[]): ReadonlySet<DependencyNode> {
  // Dependencies come first, so the component of the entity that reaches all others is the last.
  return new Set(components[components.length - 1]);
}

/** What the search knows of a node. */
interface Visit {
  readonly order: number;
  /** The earliest node that is still open and known to be reached from here. */
  low: number;
  isOpen: boolean;
}

/**
 * The strongly connected components of a graph, after Tarjan: a component comes after all that it leads to, and inside
 * it a node after those that it leads to, save where a circle closes. Time grows with nodes and edges; nothing recurs.
 */
export function stronglyConnected<Node>(
  nodes: readonly Node[],
  leadsTo: (node: Node) => Iterable<Node>,
): readonly (readonly Node[])[] {
  const visits = new Map<Node, Visit>();
  const components: Node[][] = [];
  for (const start of nodes) {
    if (visits.has(start)) continue;
    // Left, but not known to be in a component yet; in the order in which they were left.
    const open: Node[] = [];
    const path: { node: Node; visit: Visit; edges: Iterator<Node>; openBelow: number }[] = [];
    const enter = (node: Node): void => {
      const visit = { order: visits.size, low: visits.size, isOpen: true };
      visits.set(node, visit);
      path.push({ node, visit, edges: leadsTo(node)[Symbol.iterator](), openBelow: open.length });
    };
    enter(start);
    for (let top = path[path.length - 1]; top !== undefined; top = path[path.length - 1]) {
      const edge = top.edges.next();
      if (edge.done !== true) {
        const known = visits.get(edge.value);
        if (known === undefined) enter(edge.value);
        else if (known.isOpen) top.visit.low = Math.min(top.visit.low, known.order);
        continue;
      }
      path.pop();
      open.push(top.node);
      const above = path[path.length - 1];
      if (top.visit.low < top.visit.order) {
        if (above !== undefined) above.visit.low = Math.min(above.visit.low, top.visit.low);
        continue;
      }
      const component = open.splice(top.openBelow);
      for (const node of component) {
        const visit = visits.get(node);
        if (visit !== undefined) visit.isOpen = false;
      }
      components.push(component);
    }
  }
  return components;
}

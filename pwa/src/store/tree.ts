/** What the tree needs of a node, be it a stored message, a question on its way or a live answer. */
export interface Node {
  readonly id: string
  readonly parent: string | null
  /** The order in which the server accepted them; what it has not accepted yet comes last. */
  readonly position: number
}

/** A node on the visible path, with all the branches that stand in its place. */
export interface Step<N extends Node> {
  node: N
  /** Ids in the order of their position, `node.id` among them. */
  siblings: string[]
}

/** The key of the first messages of a conversation in `chosen`. */
export const ROOT = 'root'

/**
 * The visible path: at each fork the branch the reader chose, else the one that leads to the
 * newest leaf. `chosen` maps a parent's id (or `ROOT`) to the id of a child. Where the older
 * messages are not loaded yet, the path begins at the oldest loaded ancestor of the newest leaf.
 */
export function visiblePath<N extends Node>(
  nodes: Iterable<N>,
  chosen: ReadonlyMap<string, string>,
): Step<N>[] {
  const byId = new Map<string, N>()
  for (const node of nodes) byId.set(node.id, node)
  const children = childrenOf(byId)
  const newest = newestLeaves(byId)
  const path: Step<N>[] = []
  let fork = children.get(topOf(byId))
  while (fork) {
    const node = pick(fork, chosen, newest)
    path.push({ node, siblings: fork.map(({ id }) => id) })
    fork = children.get(node.id)
  }
  return path
}

export function forkOf({ parent }: Node): string {
  return parent ?? ROOT
}

function childrenOf<N extends Node>(byId: ReadonlyMap<string, N>): Map<string, N[]> {
  const children = new Map<string, N[]>()
  const ordered = [...byId.values()].sort((a, b) => a.position - b.position)
  for (const node of ordered) {
    const fork = children.get(forkOf(node))
    if (fork) fork.push(node)
    else children.set(forkOf(node), [node])
  }
  return children
}

/** For each node the position of the newest leaf below it (or its own). */
function newestLeaves<N extends Node>(byId: ReadonlyMap<string, N>): Map<string, number> {
  const newest = new Map<string, number>()
  const newestFirst = [...byId.values()].sort((a, b) => b.position - a.position)
  for (const { id, position } of newestFirst) {
    let at = byId.get(id)
    while (at && !newest.has(at.id)) {
      newest.set(at.id, position)
      at = at.parent === null ? undefined : byId.get(at.parent)
    }
  }
  return newest
}

/** The fork from which the newest message descends, as far up as is loaded. */
function topOf<N extends Node>(byId: ReadonlyMap<string, N>): string {
  let at: N | undefined
  for (const node of byId.values()) if (!at || node.position > at.position) at = node
  const seen = new Set<string>()
  while (at?.parent != null && !seen.has(at.id)) {
    seen.add(at.id)
    const above = byId.get(at.parent)
    if (!above) return at.parent
    at = above
  }
  return ROOT
}

function pick<N extends Node>(
  fork: N[],
  chosen: ReadonlyMap<string, string>,
  newest: ReadonlyMap<string, number>,
): N {
  const wanted = fork.find((node) => chosen.get(forkOf(node)) === node.id)
  if (wanted) return wanted
  const age = (node: N): number => newest.get(node.id) ?? node.position
  return fork.reduce((best, node) => (age(node) > age(best) ? node : best))
}

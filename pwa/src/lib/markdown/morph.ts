/**
 * Change the nodes on the page into fresh ones, touching only what differs: what the reader has
 * selected, focused or scrolled inside an answer stays as it is while the answer grows.
 */

/** Make `parent`'s children from index `from` on equal to `fresh`. */
export function morphChildren(parent: Node, fresh: readonly Node[], from = 0): void {
  fresh.forEach((node, i) => {
    const old = parent.childNodes[from + i]
    if (old) morph(old, node)
    else parent.appendChild(node)
  })
  while (parent.childNodes.length > from + fresh.length) parent.lastChild?.remove()
}

function morph(old: ChildNode, fresh: Node): void {
  if (old.isEqualNode(fresh)) return
  if (old instanceof Text && fresh instanceof Text) rewrite(old, fresh.data)
  else if (sameCode(old, fresh)) return
  else if (old instanceof Element && old.cloneNode(false).isEqualNode(fresh.cloneNode(false))) {
    morphChildren(old, [...fresh.childNodes])
  } else old.replaceWith(fresh)
}

function rewrite(old: Text, data: string): void {
  if (data.startsWith(old.data)) old.appendData(data.slice(old.length))
  else old.data = data
}

/** Code that was highlighted since equals the same code that is still plain. */
function sameCode(old: Node, fresh: Node): boolean {
  return (
    old instanceof HTMLElement &&
    fresh instanceof HTMLElement &&
    old.classList.contains('highlighted') &&
    old.dataset['language'] === fresh.dataset['language'] &&
    old.textContent === fresh.textContent
  )
}

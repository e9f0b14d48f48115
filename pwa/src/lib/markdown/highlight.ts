/** Colours for code, by class names. The languages are fetched when the first code needs them. */
import type * as Languages from './languages'

let highlighter: typeof Languages | null = null
let coming: Promise<void> | null = null

/** Highlight the code blocks in `node` that are not yet; at once if the languages are here. */
export function highlightWithin(node: ParentNode): void {
  const codes = node.querySelectorAll<HTMLElement>('code[data-language]:not(.highlighted)')
  if (codes.length === 0) return
  if (highlighter) codes.forEach(colour)
  else void load().then(() => codes.forEach(colour))
}

function load(): Promise<void> {
  coming ??= import('./languages').then(
    module => {
      highlighter = module
    },
    () => {
      // Without a network code stays plain, and the next block asks again.
      coming = null
    },
  )
  return coming
}

function colour(code: HTMLElement): void {
  const nodes = highlighter?.highlight(code.textContent, code.dataset['language'] ?? '')
  if (!nodes) return
  code.replaceChildren(nodes)
  code.classList.add('highlighted')
}

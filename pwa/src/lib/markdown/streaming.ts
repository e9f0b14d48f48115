/**
 * A Markdown text that grows on the page, block by block.
 *
 * Finished blocks are never looked at again; only the tail is parsed and drawn anew, on an animation
 * frame and at most every 40 ms. A block is finished once the next one has begun with a complete
 * line, for no later line can change it. `finish` draws the whole once more, because a link's
 * definition may come after its use, and changes on the page only what that changed.
 */
import { buildBlock } from './build'
import type { Outline } from './build'
import { highlightWithin } from './highlight'
import { mendLastLine } from './mend'
import { morphChildren } from './morph'
import { parseBlocks } from './parse'
import type { Block, References } from './parse'

const REDRAW_MS = 40
/** After a slow drawing wait this many times as long as it took: the reader comes first. */
const REST = 3

interface Options {
  /** Somebody asked for the text of a code block; `button` is what they pressed. */
  onCopy?: (code: string, button: HTMLButtonElement) => void
}

/** What the finished blocks leave to the tail. */
interface Above {
  /** Characters of the source that are finished, and nodes on the page. */
  readonly characters: number
  readonly nodes: number
  readonly references: References
  readonly outline: Outline
}

const NOTHING: Above = { characters: 0, nodes: 0, references: {}, outline: [] }

export class StreamingMarkdown {
  readonly #root: HTMLElement
  readonly #onClick: (event: Event) => void
  #source = ''
  #above = NOTHING
  #frame: number | null = null
  #notBefore = 0
  #drawings = 0

  constructor(root: HTMLElement, options: Options = {}) {
    this.#root = root
    this.#onClick = event => {
      const button = event.target instanceof Element && event.target.closest('button.copy')
      if (!(button instanceof HTMLButtonElement)) return
      const code = button.closest('figure')?.querySelector('code')?.textContent ?? ''
      options.onCopy?.(code, button)
    }
    root.addEventListener('click', this.#onClick)
  }

  /** More of the text has come. It shows with the next frame. */
  append(text: string): void {
    this.#source += unixLines(text)
    this.#frame ??= requestAnimationFrame(this.#onFrame)
  }

  /** The text is another one; it may still grow. */
  replace(whole: string): void {
    this.#source = ''
    this.#above = NOTHING
    this.append(whole)
  }

  /** No more will come: draw the whole now, as one rendering of it would be. */
  finish(): void {
    this.#cancel()
    this.#above = NOTHING
    const { blocks } = parseBlocks(this.#source)
    const outline: Outline = []
    morphChildren(
      this.#root,
      blocks.map(block => buildBlock(block, outline)),
    )
    highlightWithin(this.#root)
  }

  /** Let go of the element. */
  destroy(): void {
    this.#cancel()
    this.#root.removeEventListener('click', this.#onClick)
  }

  readonly #onFrame = (now: number): void => {
    if (now < this.#notBefore) {
      this.#frame = requestAnimationFrame(this.#onFrame)
      return
    }
    this.#frame = null
    this.#drawTail()
    const took = performance.now() - now
    this.#notBefore = now + Math.max(REDRAW_MS, took * REST)
  }

  #drawTail(): void {
    const above = this.#above
    const tail = this.#source.slice(above.characters)
    const blocks = parseTail(tail, above.references)
    const finished = countFinished(blocks, tail)
    const outline = [...above.outline]
    const nodes = blocks.slice(0, finished).map(block => buildBlock(block, outline))
    const outlineThen = [...outline]
    nodes.push(...blocks.slice(finished).map(block => buildBlock(block, outline)))
    this.#drawings += 1
    placeCaret(nodes, this.#drawings)
    morphChildren(this.#root, nodes, above.nodes)
    if (finished > 0) this.#freeze(blocks[finished - 1]?.end ?? 0, finished, tail, outlineThen)
  }

  /** The first `count` blocks of the tail, up to its line `end`, are finished. */
  #freeze(end: number, count: number, tail: string, outline: Outline): void {
    const { nodes, characters, references } = this.#above
    const text = tail.slice(0, lineStart(tail, end))
    for (const node of [...this.#root.children].slice(nodes, nodes + count)) highlightWithin(node)
    this.#above = {
      characters: characters + text.length,
      nodes: nodes + count,
      references: text.includes(']:') ? parseBlocks(text, references).references : references,
      outline,
    }
  }

  #cancel(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
  }
}

/** One kind of line end, however the text was cut. */
function unixLines(text: string): string {
  return text.replaceAll('\r', '')
}

/** Parse what is still being written; marks without an end are closed, except inside code. */
function parseTail(tail: string, references: References): Block[] {
  const { blocks } = parseBlocks(tail, references)
  const inCode = blocks.at(-1)?.tokens.some(token => token.type === 'fence') ?? false
  const mended = inCode ? tail : mendLastLine(tail)
  return mended === tail ? blocks : parseBlocks(mended, references).blocks
}

/** How many blocks are followed by one that began with a complete line. */
function countFinished(blocks: readonly Block[], tail: string): number {
  const completeLines = tail.split('\n').length - 1
  return Math.max(0, blocks.findLastIndex(block => block.start < completeLines))
}

/** Where line `line` of `text` starts. */
function lineStart(text: string, line: number): number {
  let at = 0
  for (let i = 0; i < line && at < text.length; i++) {
    const next = text.indexOf('\n', at)
    at = next < 0 ? text.length : next + 1
  }
  return at
}

/** What the end of a text may be inside of. */
const ENCLOSING = new Set(
  'p ul ol li blockquote div table thead tbody tr th td figure pre'.split(' '),
)

/**
 * Put the caret after the last word of the last node, or on a line of its own. Each drawing has a
 * new one, so that its slow pulse begins only when the words have stopped for a moment.
 */
function placeCaret(nodes: Element[], drawing: number): void {
  const caret = document.createElement('span')
  caret.className = 'caret'
  caret.setAttribute('aria-hidden', 'true')
  caret.dataset['drawing'] = String(drawing)
  const last = nodes.at(-1)
  if (last && last.localName !== 'hr') {
    innermost(last).append(caret)
    return
  }
  const line = document.createElement('p')
  line.append(caret)
  nodes.push(line)
}

function innermost(node: Element): Element {
  const child = node.lastElementChild
  if (!child || child.nextSibling) return node
  return ENCLOSING.has(child.localName) || node.localName === 'pre' ? innermost(child) : node
}

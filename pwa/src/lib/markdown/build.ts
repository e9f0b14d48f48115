/**
 * Blocks into nodes of the page. Every element is made by name and every word set as text: no
 * string is ever parsed as HTML, so nothing in an answer can become markup, script or style.
 */
import type { Token } from 'markdown-it'
import { defineTexts } from '../i18n'
import type { Block } from './parse'
import { safeHref, splitAtLinks } from './links'

const t = defineTexts({
  fr: {
    code: 'Code',
    copy: 'Copier',
    table: 'Tableau',
    image: 'Image',
    done: 'Fait',
    undone: 'À faire',
  },
  en: {
    code: 'Code',
    copy: 'Copy',
    table: 'Table',
    image: 'Image',
    done: 'Done',
    undone: 'To do',
  },
})

/** The levels of the headings above, outermost first: none is skipped, whatever the text does. */
export type Outline = number[]

/** An answer's first heading is an <h3>: the page has the first two. */
const HEADINGS_ABOVE = 2

const PLAIN = new Set(['p', 'ul', 'blockquote', 'thead', 'tbody', 'tr', 'em', 'strong', 's'])
const LANGUAGE = /^\s*([\w+#.-]{1,30})(?!\S)/
const TASK = /^\[([ xX])\] /

/** The node of one block. Its headings are added to `outline`. */
export function buildBlock(block: Block, outline: Outline): Element {
  const fragment = document.createDocumentFragment()
  appendTokens(fragment, block.tokens, outline)
  return fragment.firstElementChild ?? document.createElement('p')
}

function appendTokens(root: Node, tokens: readonly Token[], outline: Outline): void {
  const path: Node[] = [root]
  for (const token of tokens) {
    const parent = path.at(-1) ?? root
    if (token.hidden) continue
    if (token.nesting === -1) path.pop()
    else if (token.nesting === 1) path.push(open(parent, token, outline))
    else if (token.type === 'inline') appendInline(parent, token, outline)
    else if (token.type === 'text') appendText(parent, token.content)
    else parent.appendChild(leaf(token))
  }
}

/** Append what `token` opens and answer the element that takes its contents. */
function open(parent: Node, token: Token, outline: Outline): Node {
  const { outer, inner } = container(token, outline)
  parent.appendChild(outer)
  return inner
}

function container(token: Token, outline: Outline): { outer: Node; inner: Node } {
  if (token.tag === 'table') return table()
  const node = element(token, outline)
  return { outer: node, inner: node }
}

function element(token: Token, outline: Outline): Node {
  if (PLAIN.has(token.tag)) return document.createElement(token.tag)
  switch (token.tag) {
    case 'li':
      return document.createElement('li')
    case 'ol':
      return orderedList(token)
    case 'th':
    case 'td':
      return cell(token)
    case 'a':
      return link(token.attrGet('href'))
    default:
      return token.type === 'heading_open' ? heading(token, outline) : document.createElement('div')
  }
}

function heading(token: Token, outline: Outline): HTMLElement {
  const level = Number(token.tag.slice(1))
  while ((outline.at(-1) ?? 0) >= level) outline.pop()
  outline.push(level)
  return document.createElement(`h${Math.min(6, HEADINGS_ABOVE + outline.length)}`)
}

function orderedList(token: Token): HTMLElement {
  const list = document.createElement('ol')
  const start = token.attrGet('start')
  if (start !== null) list.setAttribute('start', String(start))
  return list
}

/** A wide table scrolls inside its frame, which the keyboard can reach. */
function table(): { outer: Node; inner: Node } {
  const outer = create('div', 'table')
  outer.tabIndex = 0
  outer.setAttribute('role', 'group')
  outer.setAttribute('aria-label', t('table'))
  const inner = document.createElement('table')
  outer.append(inner)
  return { outer, inner }
}

function cell(token: Token): HTMLElement {
  const node = document.createElement(token.tag)
  if (token.tag === 'th') node.setAttribute('scope', 'col')
  const align = /(right|center)/.exec(String(token.attrGet('style')))?.[1]
  if (align) node.className = align
  return node
}

/** A link out of the app, or plain words where the address may not be followed. */
function link(address: string | number | null): HTMLElement {
  const href = safeHref(String(address))
  if (href === null) return document.createElement('span')
  const anchor = document.createElement('a')
  anchor.href = href
  anchor.target = '_blank'
  anchor.rel = 'noopener noreferrer nofollow'
  return anchor
}

function appendInline(parent: Node, inline: Token, outline: Outline): void {
  const children = inline.children ?? []
  const item = parent instanceof Element ? parent.closest('li') : null
  const first = children[0]
  const task = item && first?.type === 'text' && isFirstIn(item, parent) && TASK.exec(first.content)
  if (!task) return appendTokens(parent, children, outline)
  first.content = first.content.slice(task[0].length)
  item.className = 'task'
  parent.appendChild(taskBox(task[1] !== ' '))
  appendTokens(parent, children, outline)
}

/** Words, in which a bare address becomes a link unless it stands in one. */
function appendText(parent: Node, text: string): void {
  const inLink = parent instanceof Element && parent.closest('a')
  const pieces = inLink ? [text] : splitAtLinks(text)
  pieces.forEach((piece, i) => {
    const node = i % 2 ? link(piece) : document.createTextNode(piece)
    if (i % 2) node.textContent = piece
    if (piece) parent.appendChild(node)
  })
}

function isFirstIn(item: Element, parent: Node): boolean {
  return !parent.hasChildNodes() && (parent === item || parent === item.firstChild)
}

function taskBox(done: boolean): HTMLElement {
  const box = create('span', done ? 'task-box done' : 'task-box')
  box.setAttribute('role', 'img')
  box.setAttribute('aria-label', done ? t('done') : t('undone'))
  return box
}

function leaf(token: Token): Node {
  switch (token.type) {
    case 'fence':
    case 'code_block':
      return codeBlock(token.content, LANGUAGE.exec(token.info)?.[1] ?? '')
    case 'code_inline':
      return create('code', '', token.content)
    case 'softbreak':
      return document.createTextNode('\n')
    case 'hardbreak':
      return document.createElement('br')
    case 'hr':
      return document.createElement('hr')
    case 'image':
      return image(token)
    default:
      return document.createTextNode(token.content)
  }
}

/** An image elsewhere is not loaded, for that would tell its server who reads: it is a link. */
function image(token: Token): HTMLElement {
  const anchor = link(token.attrGet('src'))
  anchor.className = 'image'
  anchor.textContent = token.content || t('image')
  return anchor
}

function codeBlock(text: string, language: string): HTMLElement {
  const figure = create('figure', 'code')
  const caption = document.createElement('figcaption')
  const copy = create('button', 'copy', t('copy'))
  copy.setAttribute('type', 'button')
  caption.append(create('span', '', language || t('code')), copy)
  const pre = document.createElement('pre')
  pre.tabIndex = 0
  const code = create('code', '', text)
  if (language) code.dataset['language'] = language.toLowerCase()
  pre.append(code)
  figure.append(caption, pre)
  return figure
}

function create(name: string, className: string, text = ''): HTMLElement {
  const node = document.createElement(name)
  if (className) node.className = className
  if (text) node.textContent = text
  return node
}

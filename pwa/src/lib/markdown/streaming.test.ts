// @vitest-environment jsdom
import createDOMPurify from 'dompurify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ATTACKS, EVERYTHING } from './samples'
import { StreamingMarkdown } from './streaming'

/** Far more than the shortest time between two drawings. */
const A_WHILE = 200

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

function once(text: string): HTMLElement {
  const root = document.createElement('div')
  const markdown = new StreamingMarkdown(root)
  markdown.append(text)
  markdown.finish()
  return root
}

/** Feed `text` in pieces of up to `most` characters, each drawn; answer the element and the end. */
function inPieces(text: string, most: number, seed: number) {
  const root = document.createElement('div')
  const markdown = new StreamingMarkdown(root)
  let random = seed
  for (let at = 0; at < text.length; ) {
    random = (random * 48271) % 2147483647
    const size = 1 + (random % most)
    markdown.append(text.slice(at, at + size))
    vi.advanceTimersByTime(A_WHILE)
    at += size
  }
  return { root, markdown }
}

/** The blocks of `root` as they are without the caret. */
function blocks(root: HTMLElement): string[] {
  const copy = root.cloneNode(true) as HTMLElement
  copy.querySelectorAll('.caret').forEach(caret => caret.remove())
  return [...copy.children].map(child => child.outerHTML)
}

describe('StreamingMarkdown', () => {
  it.each([
    [1, 1],
    [3, 2],
    [17, 3],
    [17, 4],
    [60, 5],
    [60, 6],
    [400, 7],
  ])('gives the same page for pieces of up to %i characters as for one', (most, seed) => {
    const { root, markdown } = inPieces(EVERYTHING, most, seed)
    markdown.finish()
    expect(root.innerHTML).toBe(once(EVERYTHING).innerHTML)
  })

  it('needs no correction at the end but for links that are defined later', () => {
    const text = EVERYTHING.replace('[late one][late]', 'one')
    const { root } = inPieces(text, 7, 8)
    expect(blocks(root)).toEqual(blocks(once(text)))
  })

  it('waits for the end of a line before it believes what the line begins', () => {
    const text = 'It is\n#one paragraph\n-5 degrees\n1.5 metres'
    const { root } = inPieces(text, 1, 14)
    expect(blocks(root)).toEqual(blocks(once(text)))
    expect(root.children).toHaveLength(1)
  })

  it('follows a link that is defined after its use once the text is whole', () => {
    const { root, markdown } = inPieces('See [it][x].\n\nMore.\n\n[x]: https://example.org/x', 5, 9)
    expect(root.querySelector('a')).toBeNull()
    markdown.finish()
    expect(root.querySelector('a')?.href).toBe('https://example.org/x')
  })

  it('never touches a finished block again, nor at the end', () => {
    const { root, markdown } = inPieces('First.\n\nSecond.\n\nThird', 6, 10)
    const seen: MutationRecord[] = []
    const observer = new MutationObserver(records => seen.push(...records))
    observer.observe(root, { subtree: true, childList: true, characterData: true })
    const [first, second] = root.children
    markdown.append(' goes on.\n\nFourth.\n')
    vi.advanceTimersByTime(A_WHILE)
    markdown.finish()
    seen.push(...observer.takeRecords())
    expect([root.children[0], root.children[1]]).toEqual([first, second])
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.some(r => first?.contains(r.target) || second?.contains(r.target))).toBe(false)
  })

  it('draws at most once in 40 ms', () => {
    const root = document.createElement('div')
    const markdown = new StreamingMarkdown(root)
    const shown = new Set<string>()
    for (let i = 0; i < 1000; i++) {
      markdown.append(`word${String(i)} `)
      vi.advanceTimersByTime(1)
      shown.add(root.textContent)
    }
    expect(shown.size).toBeGreaterThan(15)
    expect(shown.size).toBeLessThanOrEqual(26)
    markdown.destroy()
  })

  it('shows a caret after the last word while the text grows, and none when it is whole', () => {
    const { root, markdown } = inPieces('- one\n- two **bold**', 4, 11)
    expect(root.querySelectorAll('.caret')).toHaveLength(1)
    expect(root.querySelector('li:last-child')?.lastElementChild?.className).toBe('caret')
    markdown.finish()
    expect(root.querySelector('.caret')).toBeNull()
  })

  it('takes another text in place of the one it had, and goes on from it', () => {
    const { root, markdown } = inPieces('Old words.\n\nOld end', 9, 12)
    markdown.replace('New words.\n\nNew')
    markdown.append(' end')
    vi.advanceTimersByTime(A_WHILE)
    markdown.finish()
    expect(root.innerHTML).toBe('<p>New words.</p><p>New end</p>')
  })

  it('gives a code block with its language, and its text to who presses copy', () => {
    const root = document.createElement('div')
    const onCopy = vi.fn()
    const markdown = new StreamingMarkdown(root, { onCopy })
    markdown.append('```js\nlet a = "<b>"\n```')
    markdown.finish()
    expect(root.querySelector('figcaption')?.textContent).toContain('js')
    root.querySelector('button')?.click()
    expect(onCopy).toHaveBeenCalledWith('let a = "<b>"\n', root.querySelector('button'))
  })

  it('aligns the cells of a table by class, never by style', () => {
    const root = once('| a | b |\n|--:|---|\n| 1 | 2 |')
    expect(root.querySelector('td')?.className).toBe('right')
    expect(root.querySelector('[style]')).toBeNull()
  })

  it('opens links outside, without telling where from', () => {
    const link = once('[x](https://example.org)').querySelector('a')
    expect(link?.rel).toBe('noopener noreferrer nofollow')
    expect(link?.target).toBe('_blank')
  })

  it('skips no level of headings, whatever the text does', () => {
    const tags = [...once('### a\n\n# b\n\n###### c\n\n## d').children].map(node => node.localName)
    expect(tags).toEqual(['h3', 'h3', 'h4', 'h4'])
  })
})

describe('an answer that attacks', () => {
  const independent = createDOMPurify(window)

  it.each(ATTACKS)('%j stays words', text => {
    for (const root of [once(text), inPieces(text, 3, 13).root]) {
      expect(root.querySelector('script, img, svg, iframe, style, math, object')).toBeNull()
      const addresses = [...root.querySelectorAll('a')].map(a => new URL(a.href).protocol)
      expect(addresses.filter(protocol => protocol !== 'https:')).toEqual([])
      const handlers = [...root.querySelectorAll('*')].flatMap(node =>
        node.getAttributeNames().filter(name => name.startsWith('on') || name === 'style'),
      )
      expect(handlers).toEqual([])
      const kept = independent.sanitize(root.innerHTML, { ADD_ATTR: ['target'] })
      expect(kept).toBe(root.innerHTML)
    }
  })
})

// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest'
import { highlight } from './languages'
import { StreamingMarkdown } from './streaming'

describe('highlight', () => {
  it('marks the parts of the code and keeps every character of it', () => {
    const text = 'def f(x: int) -> str:\n    return f"<b>{x}</b>"  # <script>\n'
    const box = document.createElement('div')
    box.append(highlight(text, 'python') ?? '')
    expect(box.textContent).toBe(text)
    expect(box.querySelector('.hl-keyword')?.textContent).toBe('def')
    expect(box.querySelector('script, b')).toBeNull()
  })

  it('marks a language inside another', () => {
    const box = document.createElement('div')
    box.append(highlight('<script>let a = 1</script>', 'html') ?? '')
    expect(box.querySelector('.hl-keyword')?.textContent).toBe('let')
    expect(box.textContent).toBe('<script>let a = 1</script>')
  })

  it('leaves a language it does not know', () => {
    expect(highlight('x', 'klingon')).toBeNull()
  })

  it('colours a block once it is finished, and keeps it when the text ends', async () => {
    const root = document.createElement('div')
    const markdown = new StreamingMarkdown(root)
    markdown.append('```js\nlet a\n```\n\nafter\n')
    await vi.waitFor(() => {
      expect(root.querySelector('.hl-keyword')?.textContent).toBe('let')
    })
    const keyword = root.querySelector('.hl-keyword')
    markdown.finish()
    expect(root.querySelector('.hl-keyword')).toBe(keyword)
  })
})

import { describe, expect, it } from 'vitest'
import { safeHref, splitAtLinks } from './links'

describe('safeHref', () => {
  it.each(['https://example.org/a?b#c', 'http://example.org/', 'mailto:a@example.org'])(
    'keeps %s',
    address => {
      expect(safeHref(address)).toBe(address)
    },
  )

  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    '/api/v1/auth/logout',
    '//example.org',
    '#top',
    '',
  ])('refuses %j', address => {
    expect(safeHref(address)).toBeNull()
  })
})

describe('splitAtLinks', () => {
  it.each([
    ['no address', ['no address']],
    ['See https://a.org/b?c=d#e.', ['See ', 'https://a.org/b?c=d#e', '.']],
    ['(https://a.org/x_(y)) and http://b.org', ['(', 'https://a.org/x_(y)', ') and ', 'http://b.org', '']],
    ['« https://a.org » !', ['« ', 'https://a.org', ' » !']],
    ['README.md, main.rs, www.a.org', ['README.md, main.rs, www.a.org']],
    ['xhttps://a.org javascript:alert(1)', ['xhttps://a.org javascript:alert(1)']],
  ])('cuts %j', (text, pieces) => {
    expect(splitAtLinks(text)).toEqual(pieces)
  })

  it.each([')', '])', '.', '.)'])('is not held up by an address that ends in 100,000 of %j', mark => {
    const end = mark.repeat(100_000)
    const began = performance.now()
    expect(splitAtLinks(`http://a${end}`)).toEqual(['', 'http://a', end])
    expect(splitAtLinks(`http://a${end}b`)).toEqual(['', `http://a${end}b`, ''])
    expect(performance.now() - began).toBeLessThan(500)
  })
})

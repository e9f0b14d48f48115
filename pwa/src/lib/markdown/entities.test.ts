// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { decodeHTMLStrict } from './entities'

/** What a browser makes of it. */
function browserReads(reference: string): string {
  const box = document.createElement('div')
  box.innerHTML = reference
  return box.textContent
}

describe('decodeHTMLStrict', () => {
  it.each(
    'amp lt quot apos nbsp eacute yuml Auml rarr hellip lang rang euro mdash Omega hearts'.split(' '),
  )('reads &%s; as a browser does', name => {
    const reference = `&${name};`
    expect(decodeHTMLStrict(reference)).toBe(browserReads(reference))
    expect(decodeHTMLStrict(reference)).not.toBe(reference)
  })

  it('leaves a name it does not know as it was written', () => {
    expect(decodeHTMLStrict('&NotNestedGreaterGreater;')).toBe('&NotNestedGreaterGreater;')
  })
})

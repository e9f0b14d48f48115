/** Which addresses an answer may link to, and where they stand in plain words. */

const ALLOWED = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/**
 * The address as the browser writes it, or null where it may not be followed: a script, data, a
 * file, or an address relative to this app (an answer has no business calling our own API).
 */
export function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return ALLOWED.has(url.protocol) ? url.href : null
}

const ADDRESS = /(\bhttps?:\/\/[^\s<>"'`«»“”]+)/

/**
 * Cut `text` at the addresses in it: every second piece is one, as it was written. Only what begins
 * with its protocol is an address: `main.rs` and `README.md` are files, not sites.
 */
export function splitAtLinks(text: string): string[] {
  const pieces = text.split(ADDRESS)
  for (let i = 1; i < pieces.length; i += 2) {
    const found = pieces[i] ?? ''
    const address = withoutPunctuation(found)
    pieces[i] = address
    pieces[i + 1] = found.slice(address.length) + (pieces[i + 1] ?? '')
  }
  return pieces
}

const PUNCTUATION = new Set('.,;:!?*_~…')

/** A sentence's end is not part of the address in it, nor is a bracket that was opened before it. */
function withoutPunctuation(address: string): string {
  const count = (mark: string) => address.split(mark).length
  let round = count(')') - count('(')
  let square = count(']') - count('[')
  for (let end = address.length; ; end--) {
    const last = address[end - 1] ?? ''
    if (last === ')' && round > 0) round--
    else if (last === ']' && square > 0) square--
    else if (!PUNCTUATION.has(last)) return address.slice(0, end)
  }
}

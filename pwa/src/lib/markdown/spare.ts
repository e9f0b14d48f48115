/**
 * What markdown-it needs of the packages linkify-it, mdurl, punycode.js and uc.micro when it
 * neither finds bare links nor writes addresses (we do, by the browser's own `URL`). The build lets
 * markdown-it import this file under their names.
 */

/** uc.micro: punctuation and symbols, around which emphasis may begin and end. */
export const P = /\p{P}/u
export const S = /\p{S}/u

/** linkify-it: constructed, and never asked. */
export const LinkifyIt = Object

const unchanged = <T>(value: T): T => value

/** mdurl and punycode.js: behind `normalizeLink`, in whose place the parser has another. */
export { unchanged as decode, unchanged as encode, unchanged as format, unchanged as parse }
export default { toASCII: unchanged, toUnicode: unchanged }

/** The one-time token behind the `#` of the set-up link, which no server ever sees; '' without. */
export function tokenOf(hash: string): string {
  return hash.replace(/^#/, '').trim()
}

import type { SessionPhase } from '@/store/session'

/** The part of a route the guard looks at. */
interface Place {
  name?: unknown
  fullPath: string
  query: Record<string, unknown>
  hash: string
}

type Move = { name: string; query?: Record<string, string>; hash?: string } | { path: string }

/** Where somebody who goes to `to` belongs: true for there, else another place. */
export function placeFor(phase: SessionPhase, to: Place): true | Move {
  switch (phase) {
    case 'starting':
    case 'unreachable':
      return true
    case 'set-up':
      return to.name === 'setup' ? true : { name: 'setup', hash: to.hash }
    case 'signed-out':
    case 'expired':
      return to.name === 'signin' ? true : signIn(to)
    case 'signed-in':
      // Whoever just set this up goes on to what it may spend.
      if (to.name === 'setup') return { name: 'first-limits' }
      return to.name === 'signin' ? { path: nextOf(to) } : true
  }
}

/** Sign-in remembers where one wanted to go, unless that was nowhere in particular. */
function signIn({ name, fullPath }: Place): Move {
  const nowhere = name === 'new' || name === 'setup' || name === 'settings'
  return nowhere ? { name: 'signin' } : { name: 'signin', query: { next: fullPath } }
}

/** Only a path of our own is followed: never an address somebody put into a link. */
function nextOf({ query }: Place): string {
  const { next } = query
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

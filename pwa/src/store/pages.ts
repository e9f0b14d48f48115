import type { Message } from './types'

/** The loaded part of a conversation: its newest messages, and where the older ones begin. */
export interface ThreadPage {
  messages: Message[]
  before: number | null
}

/**
 * The newest page as just fetched, joined to what was known. Newer messages came while it was on
 * its way and stay. Older ones stay where they touch it; else they are given up, for a hole in a
 * conversation would show answers without their questions.
 */
export function joinNewest(known: ThreadPage, newest: ThreadPage): ThreadPage {
  const fresh = new Set(newest.messages.map(({ id }) => id))
  const oldest = newest.messages[0]?.position ?? 0
  const last = newest.messages.at(-1)?.position ?? 0
  const touch = newest.before === null || known.messages.some(({ id }) => fresh.has(id))
  const older = known.messages.filter(({ position }) => touch && position < oldest)
  const newer = known.messages.filter(({ id, position }) => position > last && !fresh.has(id))
  return {
    messages: [...older, ...newest.messages, ...newer],
    before: older.length > 0 ? known.before : newest.before,
  }
}

/** An older page put before what was known. */
export function joinOlder(known: ThreadPage, older: ThreadPage): ThreadPage {
  const here = new Set(known.messages.map(({ id }) => id))
  const messages = [...older.messages.filter(({ id }) => !here.has(id)), ...known.messages]
  return { messages, before: older.before }
}

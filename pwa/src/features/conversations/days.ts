import { dayGroup } from '@/lib/format'
import type { Conversation } from '@/store/types'

/** A line of the list: the heading of a period, or a conversation under it. */
export type ListLine =
  | { kind: 'day'; key: string }
  | { kind: 'conversation'; key: string; conversation: Conversation }

/** Puts a heading before the first conversation of each period; `list` is newest first. */
export function groupByDay(list: readonly Conversation[], now: number): ListLine[] {
  const lines: ListLine[] = []
  let last = ''
  for (const conversation of list) {
    const day = dayGroup(conversation.updated_at, now)
    if (day !== last) lines.push({ kind: 'day', key: day })
    last = day
    lines.push({ kind: 'conversation', key: conversation.id, conversation })
  }
  return lines
}

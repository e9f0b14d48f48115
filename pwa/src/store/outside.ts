import type { ChatSocket, SocketHandlers } from '@/wire/socket'
import type { Rest } from '@/wire/rest'
import type { Table } from './storage'
import type { Outgoing } from './outgoing'
import type { ThreadPage } from './pages'

/** What one person has on this device. */
export interface Rows {
  threads: Table<ThreadPage>
  outbox: Table<Outgoing>
  drafts: Table<string>
}

/** Everything the stores reach beyond the page; tests hand in their own. */
export interface Outside {
  rest: Rest
  openSocket: (handlers: SocketHandlers) => ChatSocket
  rowsOf: (user: string) => Rows
}

let given: Outside | null = null

export function provideOutside(outside: Outside): void {
  given = outside
}

/** Throws when the app was not composed: a defect, not a state a person can meet. */
export function outside(): Outside {
  if (given === null) throw new Error('provideOutside() comes before the first store')
  return given
}

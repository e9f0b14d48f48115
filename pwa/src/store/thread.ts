import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'
import type { Message, Problem, Turn } from './types'
import { messageOf } from './outgoing'
import type { Outgoing } from './outgoing'
import { outside } from './outside'
import { useOutbox } from './outbox'
import { joinNewest, joinOlder } from './pages'
import type { ThreadPage } from './pages'
import { useSession } from './session'
import { forkOf, visiblePath } from './tree'
import type { Node, Step } from './tree'
import { newTurn } from './turn'
import type { TurnView } from './turn'
import { useTurns } from './turns'

/** What stands at one place of the conversation. */
export type Entry = Node &
  (
    | { kind: 'message'; message: Message }
    | { kind: 'outgoing'; item: Outgoing; message: Message }
    /** `view` tells where it stands; what has come of it since is in `turns.shown`. */
    | { kind: 'live'; view: TurnView }
  )

/** Places after every stored message, in the order in which they were asked for. */
const NOT_STORED_YET = 2 ** 40

/** The open conversation: its tree of messages, and the path through it that is shown. */
export const useThread = defineStore('thread', () => {
  const session = useSession()
  const turns = useTurns()
  const outbox = useOutbox()
  const id = ref<string | null>(null)
  const phase = ref<'loading' | 'ready' | 'missing' | 'failed'>('ready')
  const problem = ref<Problem | null>(null)
  const before = ref<number | null>(null)
  const messages = shallowReactive(new Map<string, Message>())
  const chosen = shallowReactive(new Map<string, string>())
  let fetchingOlder = false

  /** Made anew only when a turn comes, starts or ends: a word more changes nothing of the path. */
  const live = computed<TurnView[]>((before) => {
    const now = [...turns.shown.values()].filter((view) => view.conversation === id.value)
    return before !== undefined && sameOutline(before, now) ? before : now
  })
  const entries = computed<Entry[]>(() => [
    ...[...messages.values()].map(stored),
    ...outbox.of(id.value).map(outgoing),
    ...live.value.flatMap((view, at) => liveEntry(view, at)),
  ])
  const path = computed<Step<Entry>[]>(() => visiblePath(entries.value, chosen))

  function stored(message: Message): Entry {
    const { id: key, parent, position } = message
    return { kind: 'message', id: key, parent, position, message }
  }

  function outgoing(item: Outgoing, at: number): Entry {
    const position = NOT_STORED_YET + 2 * at
    const parent = item.parent ?? null
    if (item.kind === 'send') {
      return { kind: 'outgoing', id: item.id, parent, position, item, message: messageOf(item, position) }
    }
    return { kind: 'live', id: item.id, parent, position, view: retryView(item) }
  }

  function liveEntry(view: TurnView, at: number): Entry[] {
    // Its stored answer takes the place of a live one, without a moment with both or neither.
    if (view.answer !== null && messages.has(view.answer)) return []
    const position = NOT_STORED_YET + 2 * at + 1
    const key = view.answer ?? view.turn
    return [{ kind: 'live', id: key, parent: view.question, position, view }]
  }

  /** Opens a conversation: what the device knows at once, then what the server says. */
  async function open(conversation: string): Promise<void> {
    if (id.value === conversation && phase.value !== 'failed') return
    begin(conversation)
    if (outbox.isOpening(conversation)) return
    phase.value = 'loading'
    const known = await session.rows?.threads.get(conversation)
    if (known && id.value === conversation) {
      show(known)
      phase.value = 'ready'
    }
    await refresh()
  }

  /** Opens a conversation that does not exist on the server yet. */
  function begin(conversation: string | null): void {
    id.value = conversation
    phase.value = 'ready'
    problem.value = null
    before.value = null
    messages.clear()
    chosen.clear()
  }

  /** Fetches the newest page again: at the start, and whenever news may have been missed. */
  async function refresh(): Promise<void> {
    const conversation = id.value
    if (conversation === null || outbox.isOpening(conversation)) return
    const answer = await outside().rest.conversation(conversation, null)
    if (id.value !== conversation) return
    if (!answer.ok) {
      fail(answer.status, answer.problem)
      return
    }
    problem.value = null
    phase.value = 'ready'
    show(joinNewest(page(), answer.value))
    await remember()
    answer.value.turns.forEach(turns.join)
  }

  function fail(status: number, found: Problem): void {
    problem.value = found
    if (status === 404) phase.value = 'missing'
    else if (messages.size === 0) phase.value = 'failed'
  }

  async function older(): Promise<void> {
    const conversation = id.value
    if (conversation === null || before.value === null || fetchingOlder) return
    fetchingOlder = true
    const answer = await outside().rest.conversation(conversation, before.value)
    fetchingOlder = false
    if (!answer.ok || id.value !== conversation) return
    show(joinOlder(page(), answer.value))
    await remember()
  }

  function page(): ThreadPage {
    const ordered = [...messages.values()].sort((a, b) => a.position - b.position)
    return { messages: ordered, before: before.value }
  }

  function show(next: ThreadPage): void {
    before.value = next.before
    const here = new Set(next.messages.map((message) => message.id))
    for (const key of [...messages.keys()]) if (!here.has(key)) messages.delete(key)
    for (const message of next.messages) messages.set(message.id, message)
  }

  async function remember(): Promise<void> {
    if (id.value !== null) await session.rows?.threads.put(id.value, page())
  }

  /** Takes a message of any conversation; those of closed ones are fetched when they open. */
  function put(message: Message): void {
    if (message.conversation !== id.value) return
    messages.set(message.id, message)
    void remember()
  }

  function forget(message: string): void {
    messages.delete(message)
  }

  /** Joins a turn somebody else began; our own begins with its `accepted`. */
  function takeTurn(turn: Turn): void {
    const goesOn = turn.state === 'running' || turn.state === 'waiting'
    const elsewhere = turn.conversation !== id.value || outbox.isAsking(turn.message)
    if (goesOn && !elsewhere) turns.join(turn)
  }

  /** The open conversation was deleted, here or elsewhere. */
  function vanish(conversation: string): void {
    if (conversation === id.value) phase.value = 'missing'
  }

  /** The question became a message of its own: keep showing it while its row is on its way. */
  function accept(item: Outgoing): void {
    if (item.conversation !== id.value || messages.has(item.id)) return
    messages.set(item.id, messageOf(item, NOT_STORED_YET))
  }

  /** Shows another branch at this place. */
  function choose(entry: Entry, sibling: string): void {
    chosen.set(forkOf(entry), sibling)
  }

  /** A new branch is being made below `parent`: from now on the newest is shown there again. */
  function showNewest(parent: string | null): void {
    chosen.delete(forkOf({ id: '', parent, position: 0 }))
  }

  return {
    id,
    phase,
    problem,
    before,
    messages,
    path,
    open,
    begin,
    refresh,
    older,
    put,
    forget,
    takeTurn,
    vanish,
    accept,
    choose,
    showNewest,
  }
})

function sameOutline(before: TurnView[], now: TurnView[]): boolean {
  const same = (a: TurnView, b: TurnView | undefined): boolean =>
    a.turn === b?.turn && a.answer === b.answer && a.question === b.question && a.phase === b.phase
  return before.length === now.length && before.every((view, at) => same(view, now[at]))
}

/** A retry that is not acknowledged yet looks like a turn that has not begun. */
function retryView({ id, conversation, parent, state, problem }: Outgoing): TurnView {
  const phase = state === 'refused' ? 'ended' : 'asked'
  return newTurn(id, { conversation, question: parent ?? null, phase, problem })
}

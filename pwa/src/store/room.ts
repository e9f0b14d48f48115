import { watch } from 'vue'
import type { Change, ServerFrame } from '@/wire/types'
import { isTurnEvent } from '@/wire/socket'
import type { Conversation, TurnEvent } from './types'
import { useAlerts } from './alerts'
import { useConversations } from './conversations'
import { useDrafts } from './drafts'
import { useLine } from './line'
import { useMoney } from './money'
import { useOutbox } from './outbox'
import { usePriceTags } from './price-tags'
import { useSession } from './session'
import { useThread } from './thread'
import { useTurns } from './turns'

/**
 * The room of whoever is signed in: opened at sign-in, left at sign-out. Every frame of the
 * socket comes through here and goes to the stores it concerns.
 */
export function furnishRoom(): void {
  const session = useSession()
  const line = useLine()
  const conversations = useConversations()
  const thread = useThread()
  const turns = useTurns()
  const outbox = useOutbox()
  const drafts = useDrafts()
  const money = useMoney()
  const alerts = useAlerts()
  const priceTags = usePriceTags()
  let welcomed = false

  watch(() => [session.phase, session.user?.id] as const, ([phase, now], [, before]) => {
    if (phase === 'signed-out' || (now !== before && before !== undefined)) leave()
    if (phase === 'signed-in') void enter()
  })
  watch(
    () => line.state,
    (state) => {
      if (state === 'signed-out') session.expire()
    },
  )

  async function enter(): Promise<void> {
    line.open(take)
    await Promise.all([conversations.refresh(), outbox.load(), money.load()])
  }

  function leave(): void {
    welcomed = false
    line.close()
    turns.clear()
    outbox.clear()
    drafts.clear()
    thread.begin(null)
    conversations.clear()
    money.clear()
    alerts.clear()
    priceTags.clear()
  }

  function take(frame: ServerFrame): void {
    if (isTurnEvent(frame)) takeEvent(frame)
    else if (frame.kind === 'change') takeChange(frame)
    else if (frame.kind === 'accepted') void accept(frame.id, frame.turn)
    else if (frame.kind === 'refused' && frame.id !== null) void outbox.refuse(frame.id, frame.problem)
    else if (frame.kind === 'welcome') welcome(frame.simulator)
  }

  /** After an absence everything may have changed, and nobody told us. */
  function welcome(simulator: boolean): void {
    session.simulator = simulator
    if (welcomed) {
      void conversations.refresh()
      void thread.refresh()
      void money.load()
      void alerts.reload()
    }
    welcomed = true
    void outbox.flush()
  }

  async function accept(id: string, turn: string): Promise<void> {
    const item = outbox.items.get(id)
    if (!item) return
    const question = item.kind === 'send' ? id : (item.parent ?? id)
    turns.begin(turn, item.conversation, question)
    if (item.kind === 'send') thread.accept(item)
    await outbox.accept(id)
  }

  function takeEvent(event: TurnEvent): void {
    if (event.kind === 'turn.finished' && event.budget) money.takeGauge(event.budget)
    const view = turns.take(event)
    if (view?.phase !== 'ended') return
    turns.unfollow(view.turn)
    if (view.message === null) return
    thread.put(view.message)
    turns.drop(view.turn)
  }

  function takeConversation(id: string, row: Conversation | null): void {
    if (row) conversations.put(row)
    else {
      conversations.forget(id)
      thread.vanish(id)
    }
    // It was deleted, and somebody undid that.
    if (row && id === thread.id && thread.phase === 'missing') void thread.refresh()
  }

  function takeChange(change: Change): void {
    if (change.entity === 'conversation') {
      takeConversation(change.id, change.row)
    } else if (change.entity === 'message') {
      if (change.row) thread.put(change.row)
      else thread.forget(change.id)
    } else if (change.entity === 'turn') {
      if (change.row) thread.takeTurn(change.row)
    } else takeMoney(change)
  }

  function takeMoney(change: Extract<Change, { entity: 'money' | 'alert' }>): void {
    if (change.entity === 'money') {
      if (change.row) money.take(change.row)
    } else if (change.row) alerts.take(change.row)
    else alerts.forget(change.id)
  }
}

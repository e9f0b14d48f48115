import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Turn, TurnEvent } from './types'
import { onNextFrame } from './frame'
import { useLine } from './line'
import { applyEvent, newTurn } from './turn'
import type { TurnView } from './turn'

/**
 * The turns that are being answered now, in whatever conversation. Events are applied as they
 * come and shown once a frame: a fast stream must not cost more than the screen can show.
 */
export const useTurns = defineStore('turns', () => {
  const line = useLine()
  const shown = shallowReactive(new Map<string, TurnView>())
  const current = new Map<string, TurnView>()
  /** The event after which a resume was asked, so that one gap asks once. */
  const asked = new Map<string, number>()
  const show = onNextFrame(() => {
    for (const [turn, view] of current) if (shown.get(turn) !== view) shown.set(turn, view)
  })

  /** Starts to follow a turn that this line was told about because it sent the command. */
  function begin(turn: string, conversation: string, question: string): void {
    if (current.has(turn)) return
    const view = newTurn(turn, { conversation, question })
    current.set(turn, view)
    shown.set(turn, view)
    line.watch(turn, () => current.get(turn)?.seq ?? 0)
  }

  /** Starts to follow a turn that another tab, device or an earlier page began. */
  function join({ id, conversation, message, answer }: Turn): void {
    if (current.has(id)) return
    const view = newTurn(id, { conversation, question: message, answer })
    current.set(id, view)
    shown.set(id, view)
    line.watch(id, () => current.get(id)?.seq ?? 0)
    line.resume(id)
  }

  /** Applies an event of a followed turn; the others are not for us. Returns the new view. */
  function take(event: TurnEvent): TurnView | null {
    const known = current.get(event.turn)
    if (!known) return null
    const { view, gap } = applyEvent(known, event)
    if (gap) askAgain(view)
    current.set(event.turn, view)
    show()
    return view
  }

  function askAgain({ turn, seq }: TurnView): void {
    if (asked.get(turn) === seq) return
    asked.set(turn, seq)
    line.resume(turn)
  }

  /** The turn has ended and its answer is stored (or will not come): nothing more to follow. */
  function unfollow(turn: string): void {
    line.unwatch(turn)
    asked.delete(turn)
  }

  function drop(turn: string): void {
    unfollow(turn)
    current.delete(turn)
    shown.delete(turn)
  }

  function clear(): void {
    for (const turn of [...current.keys()]) drop(turn)
  }

  const stop = (turn: string): void => {
    line.stopTurn(turn)
  }

  return { shown, begin, join, take, unfollow, drop, clear, stop }
})

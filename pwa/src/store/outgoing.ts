import type { ClientFrame, Message, Problem, TurnOptions } from '@/wire/types'

/** A question (or a retry) the server has not acknowledged yet. Kept on the device until then. */
export interface Outgoing {
  /** The user message's id of a `send`, the command's id of a `retry`. */
  id: string
  kind: 'send' | 'retry'
  conversation: string
  /** True while the conversation itself is still to be made. */
  opens: boolean
  /**
   * `send`: the message it stands below, null at the root, left out below the newest one (which
   * may not be loaded yet). `retry`: the question.
   */
  parent?: string | null | undefined
  content: string
  options: TurnOptions | null
  created_at: string
  state: 'sending' | 'refused'
  problem: Problem | null
}

export function commandOf(item: Outgoing): Extract<ClientFrame, { kind: 'send' | 'retry' }> {
  const options = item.options === null ? {} : { options: item.options }
  if (item.kind === 'retry') {
    return { kind: 'retry', id: item.id, message: item.parent ?? '', ...options }
  }
  const parent = item.parent === undefined ? {} : { parent: item.parent }
  const { id, conversation, content } = item
  return { kind: 'send', id, conversation, content, ...parent, ...options }
}

/** The question as the server stores it, shown until its own row arrives. */
export function messageOf(item: Outgoing, position: number): Message {
  return {
    id: item.id,
    conversation: item.conversation,
    parent: item.parent ?? null,
    position,
    role: 'user',
    content: [{ type: 'text', text: item.content }],
    model: null,
    state: 'complete',
    stop_reason: null,
    problem: null,
    usage: null,
    cost_nano_eur: null,
    simulated: false,
    turn: null,
    created_at: item.created_at,
  }
}

/** Did the server say when to try again? Then that is done without being asked. */
export function waits(
  problem: Problem | null,
): problem is Problem & { retry_after_seconds: number } {
  return problem !== null && !problem.permanent && typeof problem.retry_after_seconds === 'number'
}

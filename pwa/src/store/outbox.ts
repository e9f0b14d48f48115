import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { uuid7 } from '@/lib/uuid7'
import type { Problem, TurnOptions } from './types'
import { useConversations } from './conversations'
import { useLine } from './line'
import { commandOf, waits } from './outgoing'
import type { Outgoing } from './outgoing'
import { outside } from './outside'
import { useSession } from './session'

/**
 * Questions and retries on their way. Each is written to the device before it is sent and leaves
 * only when the server has it, so that neither a lost line nor a closed page loses a word.
 */
export const useOutbox = defineStore('outbox', () => {
  const session = useSession()
  const line = useLine()
  const conversations = useConversations()
  const items = shallowReactive(new Map<string, Outgoing>())

  /** Asks a question; `conversation` null begins a new one. Returns the question as kept. */
  async function ask(question: {
    conversation: string | null
    parent?: string | null | undefined
    content: string
    options?: TurnOptions | null
  }): Promise<Outgoing> {
    return await add({
      kind: 'send',
      conversation: question.conversation ?? uuid7(),
      opens: question.conversation === null,
      parent: question.parent,
      content: question.content,
      options: question.options ?? null,
    })
  }

  /** Asks for another answer to a stored question. */
  async function retry(conversation: string, question: string): Promise<void> {
    const parent = question
    await add({ kind: 'retry', conversation, opens: false, parent, content: '', options: null })
  }

  async function add(
    fields: Pick<Outgoing, 'kind' | 'conversation' | 'opens' | 'parent' | 'content' | 'options'>,
  ): Promise<Outgoing> {
    const item: Outgoing = {
      ...fields,
      id: uuid7(),
      created_at: new Date().toISOString(),
      state: 'sending',
      problem: null,
    }
    await put(item)
    void transmit(item)
    return item
  }

  async function put(item: Outgoing): Promise<void> {
    items.set(item.id, item)
    await session.rows?.outbox.put(item.id, item)
  }

  async function transmit(item: Outgoing): Promise<void> {
    if (item.opens) await openThenSend(item)
    else line.command(commandOf(item))
  }

  async function openThenSend(item: Outgoing): Promise<void> {
    const answer = await outside().rest.createConversation(item.conversation)
    if (answer.ok) {
      conversations.put(answer.value)
      const opened = { ...item, opens: false }
      await put(opened)
      line.command(commandOf(opened))
    } else if (answer.status !== 0 && answer.status !== 401) {
      await refuse(item.id, answer.problem)
    }
  }

  /** Brings back what an earlier page left, and sends it. */
  async function load(): Promise<void> {
    const kept = (await session.rows?.outbox.all()) ?? []
    kept.sort((a, b) => a.created_at.localeCompare(b.created_at))
    for (const item of kept) items.set(item.id, item)
    for (const item of kept) {
      if (item.state === 'sending') await transmit(item)
      else if (waits(item.problem)) await again(item.id)
    }
  }

  /** The line is back: conversations that could not be made are tried again. */
  async function flush(): Promise<void> {
    for (const item of [...items.values()]) {
      if (item.opens && item.state === 'sending') await openThenSend(item)
    }
  }

  /** The server has it: hand it over and forget it. Null for what this page did not send. */
  async function accept(id: string): Promise<Outgoing | null> {
    const item = items.get(id) ?? null
    await remove(id)
    return item
  }

  /** The server did not take it: the words stay, with the reason. Told to wait, it waits. */
  async function refuse(id: string, problem: Problem): Promise<void> {
    const item = items.get(id)
    if (!item) return
    await put({ ...item, state: 'refused', problem })
    if (waits(problem)) setTimeout(() => void retryRefused(id), problem.retry_after_seconds * 1000)
  }

  async function retryRefused(id: string): Promise<void> {
    if (items.get(id)?.state === 'refused') await again(id)
  }

  /** Sends a refused one again. The id stays, so that it cannot count twice. */
  async function again(id: string): Promise<void> {
    const item = items.get(id)
    if (!item) return
    const fresh: Outgoing = { ...item, state: 'sending', problem: null }
    await put(fresh)
    await transmit(fresh)
  }

  async function remove(id: string): Promise<void> {
    line.withdraw(id)
    items.delete(id)
    await session.rows?.outbox.delete(id)
  }

  function of(conversation: string | null): Outgoing[] {
    return [...items.values()].filter((item) => item.conversation === conversation)
  }

  function isOpening(conversation: string): boolean {
    return of(conversation).some((item) => item.opens)
  }

  /** Is a command about this question still to be acknowledged? */
  function isAsking(question: string): boolean {
    const asks = (item: Outgoing): boolean =>
      (item.kind === 'send' ? item.id : item.parent) === question
    return [...items.values()].some((item) => item.state === 'sending' && asks(item))
  }

  function clear(): void {
    items.clear()
  }

  return {
    items,
    ask,
    retry,
    load,
    flush,
    accept,
    refuse,
    again,
    remove,
    of,
    isOpening,
    isAsking,
    clear,
  }
})

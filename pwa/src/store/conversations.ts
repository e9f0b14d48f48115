import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'
import type { Conversation, ConversationPage, Problem } from './types'
import { outside } from './outside'

/** The list of conversations, newest activity first, loaded page by page. */
export const useConversations = defineStore('conversations', () => {
  const rows = shallowReactive(new Map<string, Conversation>())
  const phase = ref<'loading' | 'ready' | 'failed'>('loading')
  const problem = ref<Problem | null>(null)
  const before = ref<string | null>(null)
  let fetching = false

  const list = computed(() => [...rows.values()].sort(newestFirst))
  const hasMore = computed(() => before.value !== null)

  /** Fetches the newest page; older ones that were loaded stay. */
  async function refresh(): Promise<void> {
    const first = rows.size === 0
    const page = await fetchPage(null)
    if (!page) return
    dropVanished(page)
    // The cursor of a later page stays valid: it only ever goes further back.
    if (first || page.before === null) before.value = page.before
  }

  /** A row as new as this page that is not on it was deleted while nobody told us. */
  function dropVanished({ conversations, before: next }: ConversationPage): void {
    const here = new Set(conversations.map(({ id }) => id))
    const oldest = next === null ? undefined : conversations.at(-1)
    for (const row of [...rows.values()]) {
      const covered = oldest === undefined || newestFirst(row, oldest) <= 0
      if (covered && !here.has(row.id)) rows.delete(row.id)
    }
  }

  async function more(): Promise<void> {
    if (before.value === null) return
    const page = await fetchPage(before.value)
    if (page) before.value = page.before
  }

  async function fetchPage(cursor: string | null): Promise<ConversationPage | null> {
    if (fetching) return null
    fetching = true
    const answer = await outside().rest.conversations(cursor)
    fetching = false
    problem.value = answer.ok ? null : answer.problem
    if (!answer.ok) {
      phase.value = rows.size > 0 ? 'ready' : 'failed'
      return null
    }
    for (const row of answer.value.conversations) rows.set(row.id, row)
    phase.value = 'ready'
    return answer.value
  }

  function put(row: Conversation): void {
    rows.set(row.id, row)
  }

  function forget(id: string): void {
    rows.delete(id)
  }

  /** Shows the new title at once, and takes it back if the server refuses. Null when it worked. */
  async function rename(id: string, title: string): Promise<Problem | null> {
    const old = rows.get(id)
    if (old) rows.set(id, { ...old, title })
    const answer = await outside().rest.renameConversation(id, title)
    if (answer.ok) put(answer.value)
    else if (old) rows.set(id, old)
    return answer.ok ? null : answer.problem
  }

  /** Takes the row away at once, and puts it back if the server refuses. */
  async function remove(id: string): Promise<Problem | null> {
    const old = rows.get(id)
    rows.delete(id)
    const answer = await outside().rest.deleteConversation(id)
    if (!answer.ok && old) rows.set(id, old)
    return answer.ok ? null : answer.problem
  }

  async function restore(id: string): Promise<Problem | null> {
    const answer = await outside().rest.restoreConversation(id)
    if (answer.ok) put(answer.value)
    return answer.ok ? null : answer.problem
  }

  function clear(): void {
    rows.clear()
    before.value = null
    phase.value = 'loading'
  }

  return {
    rows,
    list,
    phase,
    problem,
    hasMore,
    refresh,
    more,
    put,
    forget,
    rename,
    remove,
    restore,
    clear,
  }
})

function newestFirst(a: Conversation, b: Conversation): number {
  return Date.parse(b.updated_at) - Date.parse(a.updated_at)
}

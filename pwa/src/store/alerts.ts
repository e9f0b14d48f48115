import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Alert, Problem } from './types'
import { outside } from './outside'

/** What this person should know about money, newest first; loaded by who first shows it. */
export const useAlerts = defineStore('alerts', () => {
  const rows = shallowReactive(new Map<string, Alert>())
  const phase = ref<'loading' | 'ready' | 'failed'>('loading')
  const problem = ref<Problem | null>(null)
  /** The last one that came while somebody was here to see it. */
  const arrived = shallowRef<Alert | null>(null)
  /** Counts the people: an answer to one of them is not for the next. */
  let lives = 0

  const list = computed(() => [...rows.values()].sort(newestFirst))
  const unseen = computed(() => list.value.filter(({ seen }) => !seen))

  async function load(): Promise<void> {
    const mine = lives
    const answer = await outside().rest.alerts()
    if (mine !== lives) return
    problem.value = answer.ok ? null : answer.problem
    if (answer.ok) for (const alert of answer.value.alerts) rows.set(alert.id, alert)
    phase.value = answer.ok || rows.size > 0 ? 'ready' : 'failed'
  }

  /** After an absence: who never looked misses nothing. */
  async function reload(): Promise<void> {
    if (phase.value !== 'loading') await load()
  }

  function take(alert: Alert): void {
    if (!alert.seen && !rows.has(alert.id)) arrived.value = alert
    rows.set(alert.id, alert)
  }

  function forget(id: string): void {
    rows.delete(id)
  }

  /** Marks it at once; a server that did not hear of it shows it again after the next load. */
  async function see(id: string): Promise<void> {
    const alert = rows.get(id)
    if (!alert || alert.seen) return
    rows.set(id, { ...alert, seen: true })
    await outside().rest.seeAlert(id)
  }

  function clear(): void {
    lives += 1
    rows.clear()
    arrived.value = null
    phase.value = 'loading'
    problem.value = null
  }

  return { list, unseen, arrived, phase, problem, load, reload, take, forget, see, clear }
})

function newestFirst(a: Alert, b: Alert): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at)
}

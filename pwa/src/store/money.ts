import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Gauge, MonitorStatus, Problem, ScopeStatus } from './types'
import { outside } from './outside'

/** Where the limits of this person, and of the instance, stand. Null until it is known. */
export const useMoney = defineStore('money', () => {
  const status = shallowRef<MonitorStatus | null>(null)
  const problem = ref<Problem | null>(null)
  let takes = 0

  /** Calls are refused now: by the red button, an untrusted ledger or a limit that is used up. */
  const tripped = computed(() => status.value?.tripped ?? false)
  /** The limit that is used up the most; null where there is none. */
  const tightest = computed(() =>
    (status.value?.scopes ?? [])
      .filter(({ limit_nano_eur: limit }) => limit !== null)
      .reduce<ScopeStatus | null>(tighter, null),
  )

  async function load(): Promise<void> {
    const before = takes
    const answer = await outside().rest.monitorStatus()
    problem.value = answer.ok ? null : answer.problem
    // What was told meanwhile is newer than what was asked for before.
    if (answer.ok && takes === before) status.value = answer.value
  }

  function take(row: MonitorStatus): void {
    takes += 1
    status.value = row
    problem.value = null
  }

  /** What an answer did to the tightest limit, told with the end of its turn. */
  function takeGauge({ scope, period, ...known }: Gauge): void {
    const now = status.value
    if (now === null) return
    const scopes = now.scopes.map((one) =>
      one.scope === scope && one.period === period ? { ...one, ...known } : one,
    )
    take({ ...now, scopes })
  }

  function clear(): void {
    takes += 1
    status.value = null
    problem.value = null
  }

  return { status, problem, tripped, tightest, load, take, takeGauge, clear }
})

function tighter(tightest: ScopeStatus | null, one: ScopeStatus): ScopeStatus {
  return tightest === null || one.fraction > tightest.fraction ? one : tightest
}

import { defineStore } from 'pinia'
import type { AuditEntry, Problem, Reconciliation } from './types'
import { loadable, restMoney } from './loadable'
import { useMoney } from './money'

/** What an administrator oversees: the red button, who did what, and the provider's own bill. */
export const useOversight = defineStore('oversight', () => {
  const money = useMoney()
  const audit = loadable<readonly AuditEntry[]>()
  const reconciliation = loadable<Reconciliation>()

  const loadAudit = (): Promise<void> =>
    audit.load(async () => {
      const answer = await restMoney().audit()
      return answer.ok ? { ok: true, value: answer.value.entries } : answer
    })
  const loadReconciliation = (): Promise<void> =>
    reconciliation.load(() => restMoney().reconciliation())
  const reconcile = (): Promise<Problem | null> =>
    reconciliation.change(() => restMoney().reconcile())

  const pull = (reason: string): Promise<Problem | null> => turn({ pulled: true, reason })
  const lift = (reason: string): Promise<Problem | null> => turn({ pulled: false, reason })

  async function turn(body: { pulled: boolean; reason: string }): Promise<Problem | null> {
    const answer = await restMoney().switch(body)
    if (answer.ok) money.take(answer.value)
    return answer.ok ? null : answer.problem
  }

  return { audit, reconciliation, loadAudit, loadReconciliation, reconcile, pull, lift }
})

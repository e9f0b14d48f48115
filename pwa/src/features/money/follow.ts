import { watch } from 'vue'
import { useMoney } from '@/store/money'
import type { ScopeStatus } from '@/store/types'

/** Calls `work` when money was spent while one looks. */
export function whenSpent(work: () => unknown): void {
  whenStatus((scope) => scope.spent_nano_eur, work)
}

/** Calls `work` when a limit has become another, here or on another device. */
export function whenLimited(work: () => unknown): void {
  whenStatus((scope) => scope.limit_nano_eur, work)
}

function whenStatus(of: (scope: ScopeStatus) => number | null, work: () => unknown): void {
  const money = useMoney()
  watch(
    () => money.status?.scopes.map(of).join(' '),
    (_, before) => {
      if (before !== undefined) void work()
    },
  )
}

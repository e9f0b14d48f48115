import type { MonitorStatus, ScopeStatus } from '@/store/types'

/** What the state line says about money; `isAdmin` knows who can do something about it. */
export interface MoneyState {
  /** Stopped by the button, by the ledger or by a limit; nearly there; or limits that only warn. */
  kind: 'hand' | 'ledger' | 'limit' | 'near' | 'warns'
  isAdmin: boolean
  /** What the administrator wrote, or what is wrong; null where a limit says it all. */
  reason: string | null
  /** Null where a limit stops answers that is not this person's to see; `reason` tells of it. */
  scope: ScopeStatus | null
}

/** From here on a limit is worth a line. */
const NEAR = 0.9

/** The one thing about money that is worth a line; null while all is well. */
export function moneyStateOf(status: MonitorStatus | null, isAdmin: boolean): MoneyState | null {
  if (status === null) return null
  const scope = fullestOf(status.scopes)
  const reason = status.reason
  if (status.trip === 'limit' && (scope?.fraction ?? 0) < 1)
    return { kind: 'limit', isAdmin, reason, scope: null }
  if (status.trip) return { kind: status.trip, isAdmin, reason, scope }
  if (scope && scope.fraction >= NEAR) return { kind: 'near', isAdmin, reason, scope }
  if (!status.armed && isAdmin) return { kind: 'warns', isAdmin, reason, scope }
  return null
}

function fullestOf(scopes: readonly ScopeStatus[]): ScopeStatus | null {
  const limited = scopes.filter(({ limit_nano_eur: limit }) => limit !== null)
  return limited.reduce<ScopeStatus | null>(
    (fullest, one) => (fullest && fullest.fraction >= one.fraction ? fullest : one),
    null,
  )
}

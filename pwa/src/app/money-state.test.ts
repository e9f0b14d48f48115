import { describe, expect, it } from 'vitest'
import { monitorStatus, scopeStatus } from '@/store/fake-server'
import { moneyStateOf } from './money-state'

const spent = (fraction: number) => scopeStatus({ fraction })

describe('moneyStateOf', () => {
  it('is silent while all is well, or not known yet', () => {
    expect(moneyStateOf(null, true)).toBeNull()
    expect(moneyStateOf(monitorStatus({ scopes: [spent(0.89)] }), true)).toBeNull()
  })

  it('speaks from 90 % on, of the limit that is used up the most', () => {
    const month = scopeStatus({ period: 'month', fraction: 0.95 })
    const status = monitorStatus({ scopes: [spent(0.91), month, spent(0.2)] })
    expect(moneyStateOf(status, false)).toMatchObject({ kind: 'near', isAdmin: false, scope: month })
  })

  it('does not speak of what has no limit', () => {
    const scopes = [scopeStatus({ limit_nano_eur: null, fraction: 1 })]
    expect(moneyStateOf(monitorStatus({ scopes }), false)).toBeNull()
  })

  it.each(['hand', 'ledger', 'limit'] as const)('tells a stop by %s before anything else', (trip) => {
    const status = monitorStatus({
      scopes: [spent(0.95)], tripped: true, trip, reason: 'Holidays', armed: false,
    })
    expect(moneyStateOf(status, true)).toMatchObject({ kind: trip, reason: 'Holidays' })
  })

  it('does not blame one’s own limit for a stop by that of the instance', () => {
    const status = monitorStatus({
      scopes: [spent(0.2)], tripped: true, trip: 'limit', reason: 'The daily limit of this instance',
    })
    expect(moneyStateOf(status, false)).toMatchObject({ kind: 'limit', scope: null, reason: status.reason })
  })

  it('tells an administrator that limits only warn, and nobody else', () => {
    const status = monitorStatus({ armed: false })
    expect(moneyStateOf(status, true)?.kind).toBe('warns')
    expect(moneyStateOf(status, false)).toBeNull()
  })
})

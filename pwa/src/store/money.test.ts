// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeServer, alert, monitorStatus, scopeStatus, settled } from './fake-server'
import { useAlerts } from './alerts'
import { useMoney } from './money'
import { furnishRoom } from './room'
import { useSession } from './session'

let server: FakeServer

beforeEach(async () => {
  server = new FakeServer()
  server.status = monitorStatus({
    scopes: [scopeStatus({ period: 'day', fraction: 0.2 }), scopeStatus({ period: 'month', fraction: 0.75 })],
  })
  server.alerts = [alert('old', { seen: true, created_at: '2026-11-20T00:00:00Z' }), alert('new')]
  server.newPage()
  furnishRoom()
  await useSession().start()
  await settled()
  server.welcome()
  await useAlerts().load()
})

const told = (entity: string, id: string, row: object | null) => {
  server.says({ kind: 'change', entity, op: row ? 'put' : 'delete', id, row })
}

describe('money', () => {
  it('is known at sign-in, with the limit that is used up the most', () => {
    expect(useMoney().tripped).toBe(false)
    expect(useMoney().tightest?.period).toBe('month')
  })

  it('has no tightest limit where there is none at all', () => {
    told('money', 'alice', monitorStatus({ scopes: [scopeStatus({ limit_nano_eur: null })] }))
    expect(useMoney().tightest).toBe(null)
  })

  it('follows what the server tells', () => {
    told('money', 'alice', monitorStatus({ tripped: true, trip: 'hand' }))
    expect(useMoney().tripped).toBe(true)
  })

  it('follows the gauge at the end of an answer, whoever asked for it', () => {
    const budget = {
      scope: 'user', period: 'day', limit_nano_eur: 2e9, spent_nano_eur: 1.9e9, fraction: 0.95,
      resets_at: null,
    }
    server.event('t', 3, { kind: 'turn.finished', message: null, usage: null, budget })
    expect(useMoney().tightest).toMatchObject({ period: 'day', spent_nano_eur: 1.9e9, fraction: 0.95 })
  })

  it('believes what was told over an older answer that comes late', async () => {
    const loading = useMoney().load()
    told('money', 'alice', monitorStatus({ tripped: true, trip: 'limit' }))
    await loading
    expect(useMoney().tripped).toBe(true)
  })

  it('is asked for again after an absence', async () => {
    server.goAway()
    server.status = monitorStatus({ tripped: true, trip: 'ledger' })
    server.comeBack()
    await settled()
    expect(useMoney().status?.trip).toBe('ledger')
  })

  it('is forgotten at sign-out', async () => {
    await useSession().signOut()
    await settled()
    expect(useMoney().status).toBe(null)
    expect(useAlerts().list).toEqual([])
  })
})

describe('alerts', () => {
  it('stand newest first, with those nobody has seen', () => {
    expect(useAlerts().list.map(({ id }) => id)).toEqual(['new', 'old'])
    expect(useAlerts().unseen.map(({ id }) => id)).toEqual(['new'])
  })

  it('arrive, change and go as the server tells', () => {
    told('alert', 'newest', alert('newest', { created_at: '2026-11-22T00:00:00Z' }))
    expect(useAlerts().list[0]?.id).toBe('newest')
    told('alert', 'newest', null)
    expect(useAlerts().list[0]?.id).toBe('new')
  })

  it('are seen at once, and told so to the server once', async () => {
    const seeing = useAlerts().see('new')
    expect(useAlerts().unseen).toEqual([])
    await seeing
    await useAlerts().see('new')
    expect(server.asked.filter((request) => request.endsWith('/seen'))).toEqual([
      'POST /monitor/alerts/new/seen',
    ])
  })
})

// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { localProblem } from '@/wire/answer'
import { FakeServer, monitorStatus, settled } from './fake-server'
import { useAsks } from './asks'
import { useLimits } from './limits'
import { loadable } from './loadable'
import { useMoney } from './money'
import { useOversight } from './oversight'
import { furnishRoom } from './room'
import { useSession } from './session'

let server: FakeServer

beforeEach(async () => {
  server = new FakeServer()
  server.newPage()
  furnishRoom()
  await useSession().start()
  await settled()
  server.welcome()
})

const ok = (value: string) => () => Promise.resolve({ ok: true as const, value })
const offline = () => Promise.resolve(localProblem('offline'))

describe('loadable', () => {
  it('keeps what it had while it is asked for again, and when that fails', async () => {
    const part = loadable<string>()
    await part.load(ok('first'))
    const again = part.load(offline)
    expect([part.value.value, part.loading.value]).toEqual(['first', true])
    await again
    expect([part.value.value, part.problem.value?.code]).toEqual(['first', 'offline'])
    await part.load(ok('second'))
    expect([part.value.value, part.problem.value]).toEqual(['second', null])
  })

  it('believes only the newest of several asks', async () => {
    const part = loadable<string>()
    const slow = Promise.withResolvers<{ ok: true; value: string }>()
    const first = part.load(() => slow.promise)
    await part.load(ok('new'))
    slow.resolve({ ok: true, value: 'old' })
    await first
    expect(part.value.value).toBe('new')
  })

  it('asks again for what failed once there is a line', async () => {
    const part = loadable<string>()
    let up = false
    await part.load(() => (up ? ok('here')() : offline()))
    server.goAway()
    await settled()
    up = true
    server.comeBack()
    await settled()
    expect(part.value.value).toBe('here')
  })

  it('shows nothing of one person to the next', async () => {
    const part = loadable<string>()
    await part.load(ok('of Alice'))
    await useSession().signOut()
    await settled()
    expect(part.value.value).toBe(null)
  })
})

describe('a change', () => {
  it('of the red button is where the money stands now', async () => {
    server.money.set('POST /monitor/kill-switch', monitorStatus({ tripped: true, trip: 'hand' }))
    expect(await useOversight().pull('A look at the bill')).toBe(null)
    expect(useMoney().status?.trip).toBe('hand')
  })

  it('of a member replaces that member only', async () => {
    const limits = (user: string, weekly: number | null) => ({ user, weekly_nano_eur: weekly })
    const users = ['bob', 'charlie'].map((id) => ({ id, username: id, limits: limits(id, null) }))
    server.money.set('GET /monitor/users', { users })
    server.money.set('PUT /admin/users/bob/limits', limits('bob', 3e9))
    await useLimits().loadMembers()
    expect(await useLimits().setMember('bob', { weekly_nano_eur: 3e9 })).toBe(null)
    const weekly = useLimits().members.value?.map((one) => one.limits.weekly_nano_eur)
    expect(weekly).toEqual([3e9, null])
  })

  it('that is refused says why and changes nothing', async () => {
    server.money.set('GET /monitor/limits', { daily_nano_eur: 2e9 })
    await useLimits().loadInstance()
    server.refuses = { status: 403, code: 'forbidden' }
    const body = { daily_nano_eur: 1, monthly_nano_eur: 1, kill_switch: true }
    expect(await useLimits().setInstance(body)).toMatchObject({ code: 'forbidden' })
    expect(useLimits().instance.value).toEqual({ daily_nano_eur: 2e9 })
  })

  it('that answers a request puts the answer in its place', async () => {
    const more = (id: string, state: string, day: string) => ({
      id, state, created_at: `2026-11-${day}T00:00:00Z`,
    })
    server.money.set('GET /monitor/asks', { asks: [more('b', 'open', '02'), more('a', 'open', '01')] })
    server.money.set('POST /monitor/asks/a/answer', more('a', 'granted', '01'))
    await useAsks().load()
    await useAsks().respond('a', { granted: true })
    expect(useAsks().asks.value?.map(({ id, state }) => `${id} ${state}`)).toEqual(['b open', 'a granted'])
  })
})

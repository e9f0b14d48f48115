// @vitest-environment jsdom
import { enableAutoUnmount, mount } from '@vue/test-utils'
import type { VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { locale } from '@/lib/i18n'
import { FakeServer, alert, monitorStatus, scopeStatus, settled } from '@/store/fake-server'
import { useMore } from '@/store/more'
import { furnishRoom } from '@/store/room'
import { useSession } from '@/store/session'
import type { MonitorStatus, UsageReport, UserLimits } from '@/store/types'
import MoneyPage from './MoneyPage.vue'

// jsdom draws nothing.
vi.mock('./chart', () => ({ draw: () => () => undefined }))

const NOW = Date.parse('2026-11-21T12:00:00Z')
const PART = {
  key: 'total', name: '', requests: 0, web_searches: 0, cost_nano_eur: 0, estimated_nano_eur: 0,
  cache_saved_nano_eur: 0, tokens: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
}
const REPORT: UsageReport = {
  first: '2026-11-01', last: '2026-11-30', time_zone: 'Europe/Paris', simulated: false, total: PART,
  by_day: [], by_model: [], by_user: [], forecast: null,
}
const SPENT: UsageReport = { ...REPORT, total: { ...PART, requests: 2, cost_nano_eur: 3e9 } }
const LIMITS: UserLimits = {
  user: 'alice', daily_nano_eur: null, weekly_nano_eur: 3e9, monthly_nano_eur: null,
  total_nano_eur: null, own_daily_nano_eur: null, own_monthly_nano_eur: null,
}

enableAutoUnmount(afterEach)

let server: FakeServer

beforeEach(() => {
  locale.value = 'en'
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  const none = { addEventListener: () => undefined, removeEventListener: () => undefined }
  vi.stubGlobal('matchMedia', () => ({ matches: false, ...none }))
  vi.stubGlobal('IntersectionObserver', Sight)
  server = new FakeServer()
  const answers = {
    '/monitor/limits': { daily_nano_eur: 2e9, monthly_nano_eur: null, kill_switch: true },
    '/monitor/limits/me': LIMITS,
    '/monitor/users': { users: [] },
    '/monitor/usage/daily': SPENT,
    '/monitor/usage/monthly': REPORT,
    '/monitor/alerts/settings': { mail_ready: false, email: null },
    '/monitor/asks': { asks: [] },
    '/monitor/audit': { entries: [] },
    '/monitor/reconciliation': { ready: false, checked_at: null, days: [], problem: null },
  }
  for (const [path, answer] of Object.entries(answers)) server.money.set(`GET ${path}`, answer)
  server.newPage()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Everything is in sight at once. */
class Sight {
  readonly #tell: IntersectionObserverCallback

  constructor(tell: IntersectionObserverCallback) {
    this.#tell = tell
  }

  observe(): void {
    this.#tell([{ isIntersecting: true } as IntersectionObserverEntry], this as never)
  }

  disconnect(): void {
    return
  }
}

async function page(role: 'admin' | 'standard', status: Partial<MonitorStatus> = {}) {
  server.user = { ...server.user, role }
  server.status = monitorStatus(status)
  furnishRoom()
  await useSession().start()
  const routes = ['/', '/settings'].map((path) => ({ path, component: { template: '<p />' } }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  const wrapper = mount(MoneyPage, { global: { plugins: [router] }, attachTo: document.body })
  await settled()
  return wrapper
}

const headings = (wrapper: VueWrapper) => wrapper.findAll('h2').map((heading) => heading.text())
const button = (wrapper: VueWrapper, words: string) =>
  wrapper.findAll('button').find((one) => one.text() === words)

describe('the page', () => {
  it('has the red button, the prices and the record for an administrator only', async () => {
    const mine = await page('standard')
    expect(headings(mine)).toEqual([
      'Where the budget stands', 'Spending', 'Forecast', 'Limits', 'Alerts',
    ])
    expect(button(mine, 'Stop everything')).toBeUndefined()
    const asked = server.asked.map((request) => request.split('?')[0])
    expect(asked).not.toContain('GET /monitor/prices')
    expect(asked).not.toContain('GET /monitor/users')
    mine.unmount()
    server.newPage()
    const whole = await page('admin')
    expect(headings(whole)).toContain('Prices and exchange rate')
    expect(button(whole, 'Stop everything')).toBeDefined()
  })

  it('asks for the month of the instance, and for no other before it knows which', async () => {
    vi.setSystemTime(Date.parse('2026-11-30T23:30:00Z'))
    await page('standard')
    const daily = server.asked.filter((request) => request.includes('/usage/daily'))
    expect(daily).toEqual(['GET /monitor/usage/daily?first=2026-12-01&last=2026-12-31'])
  })

  it('never shows the figures of other days than those asked for', async () => {
    const wrapper = await page('standard')
    expect(wrapper.get('.figures').text()).toContain('€3.00')
    server.money.set('GET /monitor/usage/daily', { ...SPENT, first: '2026-10-01', last: '2026-10-31' })
    server.up = false
    await wrapper.get('[aria-label=Before]').trigger('click')
    await settled()
    expect(wrapper.text()).toContain('October 2026')
    expect(wrapper.find('.figures').exists()).toBe(false)
    server.up = true
    await button(wrapper, 'Try again')?.trigger('click')
    await settled()
    expect(wrapper.get('.figures').text()).toContain('€3.00')
  })
})

describe('while one looks', () => {
  it('what is spent is counted in, and a limit set on another device is shown', async () => {
    const wrapper = await page('admin')
    server.money.set('GET /monitor/usage/daily', {
      ...SPENT, total: { ...SPENT.total, cost_nano_eur: 4e9 },
    })
    server.money.set('GET /monitor/limits', {
      daily_nano_eur: 5e9, monthly_nano_eur: null, kill_switch: true,
    })
    const scopes = [scopeStatus({ spent_nano_eur: 1e9, limit_nano_eur: 5e9 })]
    server.welcome()
    server.says({
      kind: 'change', entity: 'money', op: 'put', id: 'alice', row: monitorStatus({ scopes }),
    })
    await settled()
    expect(wrapper.get('.figures').text()).toContain('€4.00')
    expect(wrapper.text()).toContain('€5.00 a day')
  })
})

describe('a stop', () => {
  it('says why, and to whom is able to lift it, how', async () => {
    const stop = { tripped: true, trip: 'hand', reason: 'A look at the bill' } as const
    const mine = await page('standard', stop)
    expect(mine.get('[role=alert]').text()).toContain('A look at the bill')
    expect(mine.get('[role=alert]').text()).toContain('Only an administrator can lift the stop.')
    mine.unmount()
    server.newPage()
    const whole = await page('admin', stop)
    expect(button(whole, 'Lift the stop')).toBeDefined()
  })
})

describe('a limit', () => {
  it('says in words how near it is, and to a screen reader how much is gone', async () => {
    const scopes = [scopeStatus({ spent_nano_eur: 1.9e9, held_nano_eur: 0.05e9, fraction: 0.95 })]
    const bar = (await page('standard', { scopes })).get('.limit')
    expect(bar.text()).toContain('€1.90 of €2.00')
    expect(bar.text()).toContain('Limit is very near')
    expect(bar.text()).toContain('€0.05 left. €0.05 held by answers being written.')
    expect(bar.get('[role=meter]').attributes('aria-valuetext')).toBe('€1.90 of €2.00, 95%')
  })

  it('that is somebody’s can be asked to be raised, and where there is none it cannot', async () => {
    const wrapper = await page('standard')
    await button(wrapper, 'Ask for more')?.trigger('click')
    expect(useMore().wanted).toBe('week')
    wrapper.unmount()
    server.money.set('GET /monitor/limits/me', { ...LIMITS, weekly_nano_eur: null })
    server.newPage()
    expect(button(await page('standard'), 'Ask for more')).toBeUndefined()
  })
})

describe('alerts', () => {
  it('that come into sight are seen, and stay marked while one reads', async () => {
    server.alerts = [alert('a'), alert('b', { seen: true })]
    const wrapper = await page('standard')
    expect(server.asked).toContain('POST /monitor/alerts/a/seen')
    expect(server.asked).not.toContain('POST /monitor/alerts/b/seen')
    expect(wrapper.findAll('.mark')).toHaveLength(1)
  })
})

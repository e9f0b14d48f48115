// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { locale } from '@/lib/i18n'
import { useAlerts } from '@/store/alerts'
import { FakeServer, alert, settled } from '@/store/fake-server'
import { useMore } from '@/store/more'
import { useSession } from '@/store/session'
import type { More, Period, UserLimits } from '@/store/types'
import MoneyHelp from './MoneyHelp.vue'

const ASK = { id: 'ask', period: 'week', state: 'open' } as More
const LIMITS = { weekly_nano_eur: 1e9, own_daily_nano_eur: null, own_monthly_nano_eur: null } as UserLimits

let server: FakeServer

beforeEach(() => {
  locale.value = 'en'
  server = new FakeServer()
  server.user = { ...server.user, role: 'standard' }
  server.money.set('GET /monitor/asks', { asks: [] })
  server.money.set('GET /monitor/limits/me', LIMITS)
  server.newPage()
})

async function help(period: Period | null) {
  await useSession().start()
  const component = { template: '<p />' }
  const routes = ['/', '/money', '/settings'].map((path) => ({ path, component }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  const wrapper = mount(MoneyHelp, { props: { help: { period } }, global: { plugins: [router] } })
  await settled()
  return { wrapper, router }
}

describe('MoneyHelp', () => {
  it('leads an administrator to the limits', async () => {
    server.user = { ...server.user, role: 'admin' }
    const { wrapper, router } = await help(null)
    await wrapper.get('button').trigger('click')
    await settled()
    expect(router.currentRoute.value.path).toBe('/money')
  })

  it('lets others ask for more in the period that is used up', async () => {
    const { wrapper } = await help('week')
    await wrapper.get('button').trigger('click')
    expect(useMore().wanted).toBe('week')
  })

  it('offers nothing to others where only an administrator can do something', async () => {
    const { wrapper } = await help(null)
    expect(wrapper.text()).toBe('')
  })

  it('says that one has asked, until there is an answer', async () => {
    server.money.set('GET /monitor/asks', { asks: [ASK] })
    const { wrapper } = await help('week')
    expect(wrapper.text()).toBe('Asked: the administrator has to answer.')
    server.money.set('GET /monitor/asks', { asks: [{ ...ASK, state: 'granted' }] })
    useAlerts().take(alert('granted', { kind: 'answer' }))
    await settled()
    expect(wrapper.text()).toBe('Ask for more')
  })

  it('leads to one’s own limit where that is the one in the way', async () => {
    server.money.set('GET /monitor/limits/me', { ...LIMITS, daily_nano_eur: 2e9, own_daily_nano_eur: 1e9 })
    const { wrapper, router } = await help('day')
    await wrapper.get('button').trigger('click')
    await settled()
    expect(router.currentRoute.value.path).toBe('/settings')
  })
})

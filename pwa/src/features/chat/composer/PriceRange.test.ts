// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import { FakeServer, settled } from '@/store/fake-server'
import type { PriceTag } from '@/store/types'
import PriceRange from './PriceRange.vue'

const TAG: PriceTag = {
  model: 'claude-sonnet-4-5', input_nano_eur_per_million: 3e9, output_nano_eur_per_million: 15e9,
  known_tokens: 0, answer_tokens: { short: 100, usual: 400, long: 1000 }, measured: true, max_tokens: 4096,
  left_nano_eur: null, simulated: false,
}

let server: FakeServer

beforeEach(() => {
  locale.value = 'en'
  server = new FakeServer()
  server.money.set('GET /monitor/price', TAG)
  server.newPage()
})

function range(props: { conversation?: string | null; text?: string; running?: boolean } = {}) {
  return mount(PriceRange, { props: { conversation: null, text: 'Why?', running: false, ...props } })
}

describe('PriceRange', () => {
  it('says a range for what is being written, and follows it without asking again', async () => {
    const wrapper = range()
    await settled()
    expect(wrapper.text()).toMatch(/≈\s*€0\.0015\s–\s€0\.015/)
    await wrapper.setProps({ text: 'Why? '.repeat(1000) })
    expect(wrapper.text()).toMatch(/≈\s*€0\.0052\s–\s€0\.03/)
    expect(server.asked).toEqual(['GET /monitor/price?'])
  })

  it('asks and says nothing before anything is written', async () => {
    const wrapper = range({ text: ' ' })
    await settled()
    expect(wrapper.text()).toBe('')
    expect(server.asked).toEqual([])
  })

  it('asks again after each answer, and for each conversation', async () => {
    const wrapper = range({ conversation: 'c' })
    await settled()
    await wrapper.setProps({ running: true })
    await wrapper.setProps({ running: false })
    await settled()
    await wrapper.setProps({ conversation: 'd' })
    expect(server.asked).toEqual([
      'GET /monitor/price?conversation=c',
      'GET /monitor/price?conversation=c',
      'GET /monitor/price?conversation=d',
    ])
  })

  it('still says what it knew when nobody can be asked', async () => {
    const wrapper = range()
    await settled()
    await wrapper.setProps({ text: '' })
    server.up = false
    await wrapper.setProps({ text: 'And now?' })
    await settled()
    expect(wrapper.text()).toContain('≈')
  })

  it('warns in words where the longest answer does not fit into what is left', async () => {
    server.money.set('GET /monitor/price', { ...TAG, left_nano_eur: 1e7 })
    const wrapper = range()
    await settled()
    expect(wrapper.text()).toContain('Tight budget')
  })
})

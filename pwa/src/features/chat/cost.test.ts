import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import type { Message } from '@/store/types'
import { costText } from './cost'

const path = (...costs: (number | null)[]) => costs.map((cost_nano_eur) => ({ cost_nano_eur }) as Message)

beforeEach(() => {
  locale.value = 'en'
})
afterEach(() => {
  locale.value = 'en'
})

describe('costText', () => {
  it('adds up the answers of the visible path, beside the whole with its other branches', () => {
    expect(costText(path(null, 20_000_000, null, 13_000_000), 51_000_000)).toBe(
      'This version: €0.033 · conversation: €0.051',
    )
  })

  it('says one sum where there is one branch, or where the path is not wholly known', () => {
    expect(costText(path(null, 20_000_000, null, 13_000_000), 33_000_000)).toBe('Conversation: €0.033')
    expect(costText(null, 33_000_000)).toBe('Conversation: €0.033')
  })

  it('does not repeat what the one answer says, nor speak of nothing', () => {
    expect(costText(path(null, 20_000_000), 20_000_000)).toBeNull()
    expect(costText(path(null, null), 0)).toBeNull()
  })

  it('speaks French', () => {
    locale.value = 'fr'
    expect(costText(path(20_000_000), 33_000_000)).toBe(
      'Cette version\u00a0: 0,02\u00a0€ · conversation\u00a0: 0,033\u00a0€',
    )
  })
})

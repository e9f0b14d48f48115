import { afterEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import type { Conversation } from '@/store/types'
import { groupByDay } from './days'

const NOW = new Date(2026, 2, 30, 12).getTime()

function on(month: number, day: number): Conversation {
  const updated_at = new Date(2026, month, day, 9).toISOString()
  return { id: `${String(month)}/${String(day)}`, updated_at } as Conversation
}

afterEach(() => {
  locale.value = 'en'
})

describe('groupByDay', () => {
  it('names each period once, before its conversations', () => {
    locale.value = 'fr'
    const lines = groupByDay([on(2, 30), on(2, 29), on(2, 26), on(2, 25), on(0, 5), on(0, 2)], NOW)
    expect(lines.map(({ key }) => key)).toEqual([
      'Aujourd’hui', '2/30', 'Hier', '2/29', 'Cette semaine', '2/26', '2/25', 'Janvier 2026', '0/5', '0/2',
    ])
  })

  it('is empty without conversations', () => {
    expect(groupByDay([], NOW)).toEqual([])
  })
})

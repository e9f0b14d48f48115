// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import type { UsagePart, UsageReport } from '@/store/types'
import { byDay, byKind, byModel } from './figures'

beforeEach(() => {
  locale.value = 'en'
})

function part(key: string, cost: number, fields: Partial<UsagePart> = {}): UsagePart {
  return {
    key, name: key, requests: 1, tokens: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
    web_searches: 0, cost_nano_eur: cost, estimated_nano_eur: 0, cache_saved_nano_eur: 0, ...fields,
  }
}

function report(fields: Partial<UsageReport>): UsageReport {
  return {
    first: '2026-11-16', last: '2026-11-18', time_zone: 'Europe/Paris', simulated: false,
    total: part('total', 0), by_day: [], by_model: [], by_user: [], forecast: null, ...fields,
  }
}

describe('byDay', () => {
  it('has a bar for every day, also those without spending, and a row that says the same', () => {
    const { labels, values, rows, gist } = byDay(
      report({ by_day: [part('2026-11-17', 1_500_000_000, { requests: 1200 })] }),
    )
    expect(labels).toEqual(['16 Nov', '17 Nov', '18 Nov'])
    expect(values).toEqual([0, 1_500_000_000, 0])
    expect(rows[1]).toEqual(['17 Nov', '€1.50', '€0.00', '1,200', '€0.00'])
    expect(gist).toBe('The highest: 17 Nov, €1.50.')
  })

  it('says when there is nothing', () => {
    expect(byDay(report({})).gist).toBe('Nothing was spent.')
  })
})

describe('byModel', () => {
  it('begins with the dearest', () => {
    const { labels, values } = byModel(report({ by_model: [part('small', 1), part('large', 2)] }))
    expect(labels).toEqual(['large', 'small'])
    expect(values).toEqual([2, 1])
  })
})

describe('byKind', () => {
  it('counts each kind of token', () => {
    const tokens = { input: 12_345, output: 2, cache_read: 3, cache_write: 4 }
    const { values, rows, gist } = byKind(report({ total: part('total', 1, { tokens }) }))
    expect(values).toEqual([12_345, 2, 3, 4])
    expect(rows[0]).toEqual(['Input', '12,345'])
    expect(gist).toBe('The highest: Input, 12.3K.')
  })
})

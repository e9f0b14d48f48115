// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { dayIn, eachDay, nextSpan, spanOf } from './calendar'

describe('dayIn', () => {
  it('is the day of the instance, not the reader’s', () => {
    const late = Date.parse('2026-11-21T23:30:00Z')
    expect(dayIn('Europe/Paris', late)).toBe('2026-11-22')
    expect(dayIn('America/Montreal', late)).toBe('2026-11-21')
  })

  it('turns at midnight through both changes of the clock', () => {
    expect(dayIn('Europe/Paris', Date.parse('2026-03-28T22:59:59Z'))).toBe('2026-03-28')
    expect(dayIn('Europe/Paris', Date.parse('2026-03-28T23:00:00Z'))).toBe('2026-03-29')
    expect(dayIn('Europe/Paris', Date.parse('2026-03-29T22:00:00Z'))).toBe('2026-03-30')
    expect(dayIn('Europe/Paris', Date.parse('2026-10-25T22:59:59Z'))).toBe('2026-10-25')
    expect(dayIn('Europe/Paris', Date.parse('2026-10-25T23:00:00Z'))).toBe('2026-10-26')
  })
})

describe('a span', () => {
  it('is a day, a week from its Monday, or a month, leap days and all', () => {
    expect(spanOf('day', '2026-11-21')).toEqual({ first: '2026-11-21', last: '2026-11-21' })
    expect(spanOf('week', '2026-11-22')).toEqual({ first: '2026-11-16', last: '2026-11-22' })
    expect(spanOf('week', '2026-11-16')).toEqual({ first: '2026-11-16', last: '2026-11-22' })
    expect(spanOf('month', '2028-02-10')).toEqual({ first: '2028-02-01', last: '2028-02-29' })
  })

  it('has one before and one after it', () => {
    const november = spanOf('month', '2026-11-21')
    expect(nextSpan('month', november, -1)).toEqual({ first: '2026-10-01', last: '2026-10-31' })
    expect(nextSpan('month', november, 1)).toEqual({ first: '2026-12-01', last: '2026-12-31' })
    const week = spanOf('week', '2026-01-01')
    expect(nextSpan('week', week, -1).first).toBe('2025-12-22')
    expect(nextSpan('day', spanOf('day', '2028-02-28'), 1).first).toBe('2028-02-29')
  })

  it('has all its days, also where a clock changes', () => {
    expect(eachDay(spanOf('week', '2026-03-29'))).toHaveLength(7)
    expect(eachDay(spanOf('month', '2026-10-25')).slice(23, 26)).toEqual([
      '2026-10-24', '2026-10-25', '2026-10-26',
    ])
  })
})

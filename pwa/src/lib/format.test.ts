import { afterEach, describe, expect, it } from 'vitest'
import { clock, count, dayAndMonth, dayGroup, euroRange, euros, exactly, seconds, when } from './format'
import { locale } from './i18n'
import type { Locale } from './i18n'

afterEach(() => {
  locale.value = 'en'
})

function inBoth(say: () => string): Record<Locale, string> {
  const answers = { fr: '', en: '' }
  for (const language of ['fr', 'en'] as const) {
    locale.value = language
    answers[language] = say().replaceAll('\u202f', '\u00a0')
  }
  return answers
}

const NOW = new Date(2026, 10, 20, 15, 0).getTime()
const at = (...parts: [number, number, number, number]) => new Date(...parts).getTime()

describe('euros', () => {
  it.each([
    [0, '0,00\u00a0€', '€0.00'],
    [3_200_000_000, '3,20\u00a0€', '€3.20'],
    [1_234_567_000_000, '1\u00a0234,57\u00a0€', '€1,234.57'],
    [12_345_678, '0,012\u00a0€', '€0.012'],
    [9_900_000, '0,0099\u00a0€', '€0.0099'],
    [42, '0,000000042\u00a0€', '€0.000000042'],
    [50_000_000, '0,05\u00a0€', '€0.05'],
    [200_000_000, '0,20\u00a0€', '€0.20'],
  ])('writes %i nano-euros', (nano, fr, en) => {
    expect(inBoth(() => euros(nano))).toEqual({ fr, en })
  })
})

describe('euroRange', () => {
  it.each([
    [2_100_000, 14_000_000, '0,0021–0,014\u00a0€', '€0.0021–€0.014'],
    [200_000_000, 1_400_000_000, '0,20–1,40\u00a0€', '€0.20–€1.40'],
    [50_000_000, 50_100_000, '0,05\u00a0€', '€0.05'],
  ])('writes %i to %i nano-euros', (low, high, fr, en) => {
    const said = inBoth(() => euroRange(low, high).replaceAll(/\s–\s/g, '–'))
    expect(said).toEqual({ fr, en })
  })
})

describe('count and seconds', () => {
  it('are short', () => {
    expect(inBoth(() => count(950))).toEqual({ fr: '950', en: '950' })
    expect(inBoth(() => count(12_345))).toEqual({ fr: '12,3\u00a0k', en: '12.3K' })
    expect(inBoth(() => seconds(840))).toEqual({ fr: '0,8\u00a0s', en: '0.8 sec' })
    expect(inBoth(() => seconds(12_400))).toEqual({ fr: '12\u00a0s', en: '12 sec' })
  })
})

describe('when', () => {
  it('is relative for a day, then short', () => {
    expect(inBoth(() => when(NOW - 5_000, NOW))).toEqual({ fr: 'à l’instant', en: 'just now' })
    expect(inBoth(() => when(NOW - 5 * 60_000, NOW)).en).toBe('5 min. ago')
    expect(inBoth(() => when(NOW - 3 * 3_600_000, NOW)).fr).toBe('il y a 3\u00a0h')
    expect(inBoth(() => when(at(2026, 2, 12, 9), NOW)).fr).toBe('12 mars')
    expect(inBoth(() => when(at(2025, 2, 12, 9), NOW)).en).toBe('12 Mar 2025')
  })

  it('takes the server’s times, and a clock ahead of ours', () => {
    expect(when(new Date(NOW + 4000).toISOString(), NOW)).toBe('just now')
    expect(exactly(at(2026, 2, 12, 9))).toContain('12 March 2026')
    expect(clock(at(2026, 2, 12, 21))).toBe('21:00')
    expect(inBoth(() => dayAndMonth(at(2026, 2, 12, 9)))).toEqual({ fr: '12 mars', en: '12 March' })
  })
})

describe('dayGroup', () => {
  it.each([
    [at(2026, 10, 20, 0), 'Aujourd’hui', 'Today'],
    [at(2026, 10, 19, 23), 'Hier', 'Yesterday'],
    [at(2026, 10, 15, 1), 'Cette semaine', 'This week'],
    [at(2026, 9, 3, 12), 'Octobre 2026', 'October 2026'],
    [at(2025, 9, 3, 12), 'Octobre 2025', 'October 2025'],
  ])('puts %i under its heading', (moment, fr, en) => {
    expect(inBoth(() => dayGroup(moment, NOW))).toEqual({ fr, en })
  })
})

// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest'
import { readDecimal, readEuros, typedEuros } from './amount'
import { locale } from './i18n'

afterEach(() => {
  locale.value = 'en'
})

describe('readEuros', () => {
  it.each([
    ['2', 2_000_000_000],
    ['2,50', 2_500_000_000],
    ['2.5 €', 2_500_000_000],
    ['1 000', 1_000_000_000_000],
    ['0,000000001', 1],
    ['0', 0],
  ])('reads %s', (text, nano) => {
    expect(readEuros(text)).toBe(nano)
  })

  it.each(['', 'deux', '-1', '1,2,3', '12345678', '1,', '1e3'])('does not take %j for an amount', (text) => {
    expect(readEuros(text)).toBe(null)
  })
})

describe('typedEuros', () => {
  it('writes what readEuros reads, in either language', () => {
    for (const language of ['fr', 'en'] as const) {
      locale.value = language
      for (const nano of [2_500_000_000, 1, 1_234_567_890_000]) {
        expect(readEuros(typedEuros(nano))).toBe(nano)
      }
    }
  })

  it('leaves the field empty where there is no limit', () => {
    expect(typedEuros(null)).toBe('')
  })
})

describe('readDecimal', () => {
  it('reads a price with either comma, and nothing that the wire would refuse', () => {
    expect(readDecimal(' 1,25 ')).toBe('1.25')
    expect(readDecimal('1.0000001')).toBe(null)
    expect(readDecimal('')).toBe(null)
  })
})

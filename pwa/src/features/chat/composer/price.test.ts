import { describe, expect, it } from 'vitest'
import type { PriceTag } from '@/store/types'
import { estimate } from './price'

function tag(fields: Partial<PriceTag> = {}): PriceTag {
  return {
    model: 'claude-sonnet-4-5', input_nano_eur_per_million: 3e9, output_nano_eur_per_million: 15e9,
    known_tokens: 1000, answer_tokens: { short: 100, usual: 400, long: 1000 }, measured: true, max_tokens: 4096,
    left_nano_eur: null, simulated: false, ...fields,
  }
}

describe('estimate', () => {
  it('reckons a quarter of the letters and a short answer, up to every byte and a long one', () => {
    expect(estimate(tag(), 'abcdefgh')).toEqual({
      low: 1002 * 3000 + 100 * 15_000,
      likely: 1002 * 3000 + 400 * 15_000,
      high: 1008 * 3000 + 1000 * 15_000,
      worst: 1008 * 3000 + 4096 * 15_000,
      isTight: false,
    })
  })

  it('counts bytes, not letters, where it may not reckon too little', () => {
    expect(estimate(tag({ known_tokens: 0 }), 'é€🍓')?.worst).toBe(9 * 3000 + 4096 * 15_000)
  })

  it('never promises more than the longest answer allowed', () => {
    const short = estimate(tag({ max_tokens: 500 }), 'Why?')
    expect(short?.high).toBe(short?.worst)
  })

  it('says when the most it can cost is more than what is left', () => {
    const worst = estimate(tag(), 'Why?')?.worst ?? 0
    expect(estimate(tag({ left_nano_eur: worst }), 'Why?')?.isTight).toBe(false)
    expect(estimate(tag({ left_nano_eur: worst - 1 }), 'Why?')?.isTight).toBe(true)
  })

  it('has nothing to say of nothing', () => {
    expect(estimate(tag(), ' \n')).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { plainResult } from './result'

describe('plainResult', () => {
  it('reads text as it is, and text blocks as paragraphs', () => {
    expect(plainResult('found')).toBe('found')
    expect(plainResult([{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }])).toBe('a\n\nb')
  })

  it('writes anything else as data, and nothing as nothing', () => {
    expect(plainResult([{ type: 'image' }])).toContain('"image"')
    expect(plainResult({ a: 1 })).toBe('{\n  "a": 1\n}')
    expect(plainResult(null)).toBe('')
    expect(plainResult(undefined)).toBe('')
  })
})

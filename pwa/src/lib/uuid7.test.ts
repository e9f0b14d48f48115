import { describe, expect, it } from 'vitest'
import { uuid7 } from './uuid7'

describe('uuid7', () => {
  it('has the version, the variant and the time of RFC 9562', () => {
    const time = Date.UTC(2090, 0, 1)
    const id = uuid7(time)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(time)
  })

  it('makes ids that differ and sort in the order they were made, even when the clock goes back', () => {
    const later = Date.UTC(2091, 0, 1)
    const ids = Array.from({ length: 10_000 }, (_, i) => uuid7(later - (i % 3)))
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })
})

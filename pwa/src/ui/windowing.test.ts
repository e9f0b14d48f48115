import { describe, expect, it } from 'vitest'
import { rowsWithin, startsOf } from './windowing'

describe('rowsWithin', () => {
  const starts = startsOf([2, 4, 4, 2, 4])

  it('finds the rows that touch what is in sight', () => {
    expect(starts).toEqual([0, 2, 6, 10, 12, 16])
    expect(rowsWithin(starts, 0, 5)).toEqual({ first: 0, end: 2 })
    expect(rowsWithin(starts, 7, 11)).toEqual({ first: 2, end: 4 })
  })

  it('stays within the list beyond both ends, and for an empty one', () => {
    expect(rowsWithin(starts, -50, 1)).toEqual({ first: 0, end: 1 })
    expect(rowsWithin(starts, 13, 500)).toEqual({ first: 4, end: 5 })
    expect(rowsWithin(startsOf([]), 0, 100)).toEqual({ first: 0, end: 0 })
  })

  it('agrees with looking at every row, for every stretch', () => {
    for (let top = 0; top < 16; top++) {
      for (let bottom = top; bottom < 16; bottom++) {
        const { first, end } = rowsWithin(starts, top, bottom)
        const seen = [0, 1, 2, 3, 4].filter(i => (starts[i + 1] ?? 0) > top && (starts[i] ?? 0) <= bottom)
        expect([first, end - 1]).toEqual([seen[0], seen.at(-1)])
      }
    }
  })
})

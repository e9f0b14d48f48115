import { describe, expect, it } from 'vitest'
import { joinNewest, joinOlder } from './pages'
import type { ThreadPage } from './pages'
import type { Message } from './types'

function page(positions: number[], before: number | null): ThreadPage {
  return { messages: positions.map((position) => ({ id: `m${String(position)}`, position }) as Message), before }
}

const positions = ({ messages }: ThreadPage) => messages.map(({ position }) => position)

describe('joinNewest', () => {
  it('takes the page as it is when nothing was known', () => {
    expect(joinNewest(page([], null), page([3, 4], 3))).toEqual(page([3, 4], 3))
  })

  it('keeps the older messages that touch the page, and their place to go on from', () => {
    expect(joinNewest(page([1, 2, 3], 1), page([3, 4], 3))).toEqual(page([1, 2, 3, 4], 1))
  })

  it('gives up what does not touch the page', () => {
    expect(joinNewest(page([1, 2], 1), page([8, 9], 8))).toEqual(page([8, 9], 8))
  })

  it('drops what the server no longer has', () => {
    expect(positions(joinNewest(page([1, 2, 3], null), page([1, 3], null)))).toEqual([1, 3])
  })

  it('keeps what came while the page was on its way', () => {
    expect(joinNewest(page([3, 4, 5], null), page([3, 4], null))).toEqual(page([3, 4, 5], null))
    expect(joinNewest(page([9], null), page([3, 4], 3))).toEqual(page([3, 4, 9], 3))
    expect(joinNewest(page([1], null), page([], null))).toEqual(page([1], null))
  })

  it('takes the row of the page for a message whose place was not known yet', () => {
    const waiting = { messages: [{ id: 'm5', position: 2 ** 40 } as Message], before: null }
    expect(joinNewest(waiting, page([4, 5], null))).toEqual(page([4, 5], null))
  })
})

describe('joinOlder', () => {
  it('puts older messages first, each once', () => {
    expect(joinOlder(page([3, 4], 3), page([1, 2, 3], null))).toEqual(page([1, 2, 3, 4], null))
  })
})

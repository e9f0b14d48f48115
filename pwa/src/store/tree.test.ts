import { describe, expect, it } from 'vitest'
import { ROOT, forkOf, visiblePath } from './tree'
import type { Node } from './tree'

/** 'q1 a1<q1 …': each word a node below the one after `<`, in the order of their positions. */
function nodes(text: string): Node[] {
  return text.split(' ').map((word, position) => {
    const [id = '', parent] = word.split('<')
    return { id, parent: parent ?? null, position }
  })
}

function shown(text: string, chosen: Record<string, string> = {}): string {
  return visiblePath(nodes(text), new Map(Object.entries(chosen)))
    .map(({ node }) => node.id)
    .join(' ')
}

describe('visiblePath', () => {
  it('is empty without messages', () => {
    expect(visiblePath([], new Map())).toEqual([])
  })

  it('is the one line of a conversation without branches', () => {
    expect(shown('q1 a1<q1 q2<a1 a2<q2')).toBe('q1 a1 q2 a2')
  })

  it('shows the newest of several answers', () => {
    expect(shown('q1 a1<q1 b1<q1')).toBe('q1 b1')
  })

  it('goes where the newest leaf is, though the fork has a newer branch elsewhere', () => {
    expect(shown('q1 a1<q1 b1<q1 q2<a1 a2<q2')).toBe('q1 a1 q2 a2')
  })

  it('follows what the reader chose, and below it the newest again', () => {
    const tree = 'q1 a1<q1 q2<a1 a2<q2 b2<q2 b1<q1'
    expect(shown(tree)).toBe('q1 b1')
    expect(shown(tree, { q1: 'a1' })).toBe('q1 a1 q2 b2')
    expect(shown(tree, { q1: 'a1', q2: 'a2' })).toBe('q1 a1 q2 a2')
  })

  it('forgets a choice that is no longer there', () => {
    expect(shown('q1 a1<q1 b1<q1', { q1: 'gone' })).toBe('q1 b1')
  })

  it('has several first questions when the first was edited', () => {
    expect(shown('q1 a1<q1 r1 b1<r1')).toBe('r1 b1')
    expect(shown('q1 a1<q1 r1 b1<r1', { [ROOT]: 'q1' })).toBe('q1 a1')
  })

  it('names the branches at each place in their order', () => {
    const [, answer] = visiblePath(nodes('q1 a1<q1 b1<q1 c1<q1'), new Map([['q1', 'b1']]))
    expect(answer?.siblings).toEqual(['a1', 'b1', 'c1'])
    expect(answer && forkOf(answer.node)).toBe('q1')
  })

  it('begins at the oldest loaded message when the older page is not there', () => {
    expect(shown('a7<q7 q8<a7 a8<q8 b8<q8')).toBe('a7 q8 b8')
  })

  it('leaves out what hangs elsewhere than the newest message', () => {
    expect(shown('a7<q7 x3<q3 q8<a7')).toBe('a7 q8')
  })

  it('takes a question below another that has no answer yet', () => {
    expect(shown('q1 q2<q1')).toBe('q1 q2')
  })

  it('walks ten thousand messages without breath loss', () => {
    const long = Array.from({ length: 10_000 }, (_, at) => (at === 0 ? 'm0' : `m${String(at)}<m${String(at - 1)}`))
    expect(visiblePath(nodes(long.join(' ')), new Map())).toHaveLength(10_000)
  })
})

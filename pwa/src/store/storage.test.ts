// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest'
import { deviceTable, memoryTable } from './storage'
import type { Table } from './storage'

interface Row {
  text: string
}

/** A device that refuses every write, as a full one or one in private mode does. */
function fullDevice(): Storage {
  const empty = { length: 0, clear: () => undefined, getItem: () => null, key: () => null }
  const setItem = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }
  return { ...empty, setItem, removeItem: () => undefined }
}

const kinds: [string, () => Table<Row>][] = [
  ['memory', () => memoryTable<Row>()],
  ['device', () => deviceTable<Row>('alice/outbox', localStorage)],
  ['a full device', () => deviceTable<Row>('alice/outbox', fullDevice())],
]

afterEach(() => {
  localStorage.clear()
})

describe.each(kinds)('a table in %s', (_name, open) => {
  it('gives back what was put, and the newest of it', async () => {
    const table = open()
    await table.put('1', { text: 'one' })
    await table.put('2', { text: 'two' })
    await table.put('1', { text: 'uno' })
    expect(await table.get('1')).toEqual({ text: 'uno' })
    expect((await table.all()).map(({ text }) => text).sort()).toEqual(['two', 'uno'])
  })

  it('forgets what was deleted, and everything when cleared', async () => {
    const table = open()
    await table.put('1', { text: 'one' })
    await table.put('2', { text: 'two' })
    await table.delete('1')
    expect(await table.get('1')).toBeUndefined()
    await table.clear()
    expect(await table.all()).toEqual([])
  })
})

describe('deviceTable', () => {
  it('outlives the page', async () => {
    await deviceTable<Row>('alice/outbox', localStorage).put('1', { text: 'kept' })
    expect(await deviceTable<Row>('alice/outbox', localStorage).all()).toEqual([{ text: 'kept' }])
  })

  it('keeps to its own name', async () => {
    const alice = deviceTable<Row>('alice/outbox', localStorage)
    const bob = deviceTable<Row>('bob/outbox', localStorage)
    await alice.put('1', { text: 'hers' })
    await bob.clear()
    expect(await bob.all()).toEqual([])
    expect(await alice.all()).toEqual([{ text: 'hers' }])
  })

  it('passes over a row that cannot be read', async () => {
    localStorage.setItem('alice/outbox/1', '{broken')
    expect(await deviceTable<Row>('alice/outbox', localStorage).all()).toEqual([])
  })
})

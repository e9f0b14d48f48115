// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeServer, conversation } from './fake-server'
import { useConversations } from './conversations'

let server: FakeServer

const on = (day: number) => ({ updated_at: `2026-01-0${String(day)}T00:00:00Z` })
const ids = () => useConversations().list.map(({ id }) => id)

beforeEach(async () => {
  server = new FakeServer()
  server.newPage()
  for (const row of [conversation('old', on(1)), conversation('new', on(2))]) {
    server.conversations.set(row.id, row)
  }
  await useConversations().refresh()
})

describe('the list', () => {
  it('has the newest activity first, whatever the order of the news', () => {
    expect(ids()).toEqual(['new', 'old'])
    useConversations().put(conversation('old', on(3)))
    expect(ids()).toEqual(['old', 'new'])
  })

  it('drops on a refresh what was deleted while nobody told us', async () => {
    server.conversations.delete('new')
    await useConversations().refresh()
    expect(ids()).toEqual(['old'])
  })

  it('keeps its rows when a refresh fails', async () => {
    server.up = false
    await useConversations().refresh()
    expect(ids()).toEqual(['new', 'old'])
    expect(useConversations().phase).toBe('ready')
  })

  it('says why it is empty when the first page could not be fetched', async () => {
    server.newPage()
    server.up = false
    await useConversations().refresh()
    expect(useConversations().phase).toBe('failed')
    expect(useConversations().problem?.code).toBe('offline')
  })
})

describe('a change', () => {
  it('of the title shows at once, and is taken back when it is refused', async () => {
    server.refuses = { status: 422, code: 'too_long' }
    const renaming = useConversations().rename('old', 'Better')
    expect(useConversations().rows.get('old')?.title).toBe('Better')
    expect((await renaming)?.code).toBe('too_long')
    expect(useConversations().rows.get('old')?.title).toBeNull()
  })

  it('that deletes shows at once, and is taken back when nobody answers', async () => {
    server.up = false
    const removing = useConversations().remove('old')
    expect(ids()).toEqual(['new'])
    expect((await removing)?.code).toBe('offline')
    expect(ids()).toEqual(['new', 'old'])
  })

  it('that deletes can be undone', async () => {
    await useConversations().remove('old')
    expect(ids()).toEqual(['new'])
    expect(await useConversations().restore('old')).toBeNull()
    expect(ids()).toEqual(['new', 'old'])
  })
})

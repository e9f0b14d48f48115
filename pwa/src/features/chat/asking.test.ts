// @vitest-environment jsdom
import { nextTick, ref } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import { useDrafts } from '@/store/drafts'
import { FakeServer, conversation, message, settled } from '@/store/fake-server'
import { furnishRoom } from '@/store/room'
import { useSession } from '@/store/session'
import { useThread } from '@/store/thread'
import { useAnnouncement } from './announcement'
import { useAsking } from './asking'

let server: FakeServer

const frame = () => new Promise((done) => requestAnimationFrame(done))
const problem = { code: 'overloaded', message: 'Busy.', permanent: false }

beforeEach(async () => {
  locale.value = 'en'
  server = new FakeServer()
  server.newPage()
  server.conversations.set('c', conversation('c'))
  server.messages = [message('q'), message('a', { parent: 'q', position: 2, role: 'assistant' })]
  furnishRoom()
  await useSession().start()
  server.welcome()
  await useThread().open('c')
  await settled()
})

/** Asks again, and lets the server begin to answer as turn `t`. */
async function beginRetry(asking: ReturnType<typeof useAsking>): Promise<void> {
  await asking.retry('q')
  server.says({ kind: 'accepted', id: server.commands('retry').at(-1)?.['id'], turn: 't' })
  await frame()
}

describe('asking', () => {
  it('goes on below what is shown last, and clears the draft only then', async () => {
    const asking = useAsking(ref('c'))
    asking.write('And?')
    expect(useDrafts().read('c')).toBe('And?')
    await asking.ask('And?')
    expect(server.commands('send')[0]).toMatchObject({ parent: 'a', content: 'And?', conversation: 'c' })
    expect(useDrafts().read('c')).toBe('')
  })

  it('goes on below the branch the reader chose', async () => {
    useThread().put(message('b', { parent: 'q', position: 3, role: 'assistant' }))
    const shown = useThread().path[1]
    if (shown) useThread().choose(shown.node, 'a')
    await useAsking(ref('c')).ask('And?')
    expect(server.commands('send')[0]).toMatchObject({ parent: 'a' })
  })

  it('rewrites a question beside the old one, and leaves the draft alone', async () => {
    const asking = useAsking(ref('c'))
    asking.write('draft')
    asking.edit('q')
    expect(asking.editing.value).toEqual({ parent: null, text: 'q' })
    asking.write('q, but better')
    await asking.ask('q, but better')
    expect(server.commands('send')[0]).toMatchObject({ parent: null })
    expect(useThread().path[0]?.siblings).toHaveLength(2)
    expect(useDrafts().read('c')).toBe('draft')
  })

  it('waits with the next question until the one above is with the server', async () => {
    const asking = useAsking(ref('c'))
    await asking.ask('And?')
    expect(asking.waiting.value).toBe(true)
    const id = server.commands('send')[0]?.['id']
    server.says({ kind: 'refused', id, problem: { ...problem, retry_after_seconds: 50 } })
    await settled()
    expect(asking.waiting.value).toBe(true)
    server.says({ kind: 'accepted', id, turn: 't' })
    await settled()
    expect(asking.waiting.value).toBe(false)
  })

  it('stops the answer that is shown', async () => {
    const asking = useAsking(ref('c'))
    expect(asking.running.value).toBe(false)
    await beginRetry(asking)
    expect(asking.running.value).toBe(true)
    asking.stop()
    expect(server.commands('stop')).toEqual([{ kind: 'stop', turn: 't' }])
  })

  it('lets a failed attempt give way to the next', async () => {
    const asking = useAsking(ref('c'))
    await beginRetry(asking)
    server.event('t', 1, { kind: 'turn.failed', problem, message: null })
    await frame()
    expect(useThread().path[1]?.siblings).toHaveLength(2)
    await asking.retry('q')
    expect(useThread().path[1]?.siblings).toHaveLength(2)
    expect(server.commands('retry')).toHaveLength(2)
  })
})

describe('the announcement', () => {
  it('says that an answer begins and that it ended, and nothing of a conversation just opened', async () => {
    const announcement = useAnnouncement()
    expect(announcement.value).toBe('')
    const asking = useAsking(ref('c'))
    await beginRetry(asking)
    expect(announcement.value).toBe('Claude is answering.')
    server.event('t', 1, { kind: 'turn.failed', problem, message: null })
    await frame()
    expect(announcement.value).toBe('The answer failed.')
    useThread().begin(null)
    await nextTick()
    expect(announcement.value).toBe('')
  })
})

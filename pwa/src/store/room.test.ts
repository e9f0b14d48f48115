// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from 'vue'
import type { Answer } from '@/wire/answer'
import { Rest } from '@/wire/rest'
import { FakeServer, conversation, message, settled } from './fake-server'
import { useConversations } from './conversations'
import { useOutbox } from './outbox'
import { furnishRoom } from './room'
import { useSession } from './session'
import { useThread } from './thread'
import type { Entry } from './thread'
import { textOf } from './turn'
import { useTurns } from './turns'

let server: FakeServer

async function openPage(): Promise<void> {
  server.newPage()
  furnishRoom()
  await useSession().start()
  await settled()
  server.welcome()
  await settled()
}

/** Asks in a new conversation, as the page does. */
async function askFirst(content: string): Promise<{ id: string; conversation: string }> {
  const item = await useOutbox().ask({ conversation: null, content })
  await useThread().open(item.conversation)
  await settled()
  return item
}

function wordsOf(entry: Entry): string {
  if (entry.kind === 'live') {
    return `(${textOf((useTurns().shown.get(entry.view.turn) ?? entry.view).parts)})`
  }
  const text = entry.message.content.map((block) => block.text ?? '').join('')
  return entry.kind === 'outgoing' ? `[${text}]` : text
}

/** Stored words as they are, words on their way in brackets, live answers in parentheses. */
const screen = () => useThread().path.map(({ node }) => wordsOf(node))
const frame = () => new Promise((done) => requestAnimationFrame(done))

const started = (question: string, conversation = 'c') => ({
  kind: 'turn.started', conversation, message: question, answer: 'a', model: 'm', routed: null,
})
const finished = (row: ReturnType<typeof message>) => ({
  kind: 'turn.finished', stop_reason: 'end_turn', message: row, usage: null, cost_nano_eur: null,
})

beforeEach(async () => {
  server = new FakeServer()
  await openPage()
})

describe('a question', () => {
  it('makes its conversation, is shown at once, then as stored, with its answer live and whole', async () => {
    const { id, conversation: c } = await askFirst('Why?')
    expect(server.asked).toContain('POST /conversations')
    expect(server.commands('send')).toEqual([{ kind: 'send', id, conversation: c, content: 'Why?' }])
    expect(screen()).toEqual(['[Why?]'])
    server.says({ kind: 'accepted', id, turn: 't' })
    expect(screen()).toEqual(['Why?', '()'])
    server.event('t', 1, started(id, c))
    server.event('t', 2, { kind: 'text.delta', index: 0, text: 'Because' })
    await frame()
    expect(screen()).toEqual(['Why?', '(Because)'])
    const row = message('a', { conversation: c, parent: id, position: 2, role: 'assistant',
      content: [{ type: 'text', text: 'Because.' }] })
    server.event('t', 3, finished(row))
    expect(screen()).toEqual(['Why?', 'Because.'])
    expect(useTurns().shown.size).toBe(0)
    expect(useOutbox().items.size).toBe(0)
  })

  it('waits on the device while there is no server, and goes when it is back', async () => {
    server.goAway()
    const { id } = await askFirst('Why?')
    expect(screen()).toEqual(['[Why?]'])
    expect(server.commands('send')).toEqual([])
    server.comeBack()
    await settled()
    expect(server.commands('send').map((command) => command['id'])).toEqual([id])
  })

  it('outlives the page', async () => {
    server.goAway()
    const { id, conversation: c } = await askFirst('Why?')
    server.up = true
    await openPage()
    expect(server.conversations.has(c)).toBe(true)
    expect(server.commands('send').map((command) => command['id'])).toEqual([id])
  })

  it('is not lost when the conversation was fetched just before it was stored', async () => {
    server.conversations.set('c', conversation('c'))
    server.messages = [message('q'), message('a', { parent: 'q', position: 2, role: 'assistant' })]
    const item = await useOutbox().ask({ conversation: 'c', parent: 'a', content: 'And?' })
    const opening = useThread().open('c')
    server.says({ kind: 'accepted', id: item.id, turn: 't' })
    await opening
    expect(screen()).toEqual(['q', 'a', 'And?', '()'])
  })

  it('that is refused stays with its reason, and can be sent again under its id', async () => {
    const { id } = await askFirst('Why?')
    const problem = { code: 'too_large', message: 'Too large.', permanent: true }
    server.says({ kind: 'refused', id, problem })
    await settled()
    expect(useOutbox().items.get(id)).toMatchObject({ state: 'refused', problem })
    expect(screen()).toEqual(['[Why?]'])
    await useOutbox().again(id)
    expect(server.commands('send').map((command) => command['id'])).toEqual([id, id])
  })

  it('that came too soon is sent by itself once the server can take it', async () => {
    const { id } = await askFirst('Why?')
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const problem = { code: 'rate_limited', message: 'Soon.', permanent: false, retry_after_seconds: 7 }
    server.says({ kind: 'refused', id, problem })
    await vi.advanceTimersByTimeAsync(6_999)
    expect(useOutbox().items.get(id)?.state).toBe('refused')
    await vi.advanceTimersByTimeAsync(1)
    vi.useRealTimers()
    expect(useOutbox().items.get(id)?.state).toBe('sending')
    expect(server.commands('send').map((command) => command['id'])).toEqual([id, id])
  })

  it('whose conversation is refused stays too', async () => {
    server.refuses = { status: 422, code: 'too_many' }
    const { id } = await askFirst('Why?')
    expect(useOutbox().items.get(id)).toMatchObject({ state: 'refused', problem: { code: 'too_many' } })
  })
})

describe('another device', () => {
  it('sees a question and its answer live, from the first word', async () => {
    server.conversations.set('c', conversation('c'))
    await useThread().open('c')
    server.says({ kind: 'change', entity: 'message', op: 'put', id: 'q', row: message('q') })
    const turn = { id: 't', conversation: 'c', message: 'q', answer: 'a', state: 'running', reason: null }
    server.says({ kind: 'change', entity: 'turn', op: 'put', id: 't', row: turn })
    expect(server.commands('resume')).toEqual([{ kind: 'resume', turn: 't', after: 0 }])
    server.event('t', 1, started('q'))
    server.event('t', 2, { kind: 'text.delta', index: 0, text: 'Hi' })
    await frame()
    expect(screen()).toEqual(['q', '(Hi)'])
  })

  it('renames and deletes in the list', () => {
    const put = (row: object | null) => {
      server.says({ kind: 'change', entity: 'conversation', op: row ? 'put' : 'delete', id: 'c', row })
    }
    put(conversation('c', { title: 'Old' }))
    put(conversation('c', { title: 'New' }))
    expect(useConversations().list.map(({ title }) => title)).toEqual(['New'])
    put(null)
    expect(useConversations().list).toEqual([])
  })

  it('does not make us watch what is not on the screen', () => {
    const turn = { id: 't', conversation: 'other', message: 'q', answer: 'a', state: 'running', reason: null }
    server.says({ kind: 'change', entity: 'turn', op: 'put', id: 't', row: turn })
    expect(server.commands('resume')).toEqual([])
  })
})

describe('a word more', () => {
  it('leaves the path as it is, so that nothing else is drawn again', async () => {
    const { id, conversation: c } = await askFirst('Why?')
    server.says({ kind: 'accepted', id, turn: 't' })
    server.event('t', 1, started(id, c))
    await frame()
    const before = useThread().path
    server.event('t', 2, { kind: 'text.delta', index: 0, text: 'Because' })
    await frame()
    expect(screen().at(-1)).toBe('(Because)')
    expect(useThread().path).toBe(before)
  })
})

describe('after an absence', () => {
  it('list and conversation are fetched again, and a live turn goes on where it was', async () => {
    server.conversations.set('c', conversation('c'))
    server.messages = [message('q')]
    server.turns = [{ id: 't', conversation: 'c', message: 'q', answer: 'a', state: 'running', reason: null,
      created_at: '' }]
    await useThread().open('c')
    server.event('t', 1, started('q'))
    server.goAway()
    server.conversations.set('d', conversation('d'))
    server.messages.push(message('a0', { parent: 'q', position: 2, role: 'assistant' }))
    server.comeBack()
    await settled()
    expect(server.commands('resume').at(-1)).toEqual({ kind: 'resume', turn: 't', after: 1 })
    expect(useConversations().list).toHaveLength(2)
    expect(useThread().messages.has('a0')).toBe(true)
  })

  it('a gap in the events is asked for once', async () => {
    const { id } = await askFirst('Why?')
    server.says({ kind: 'accepted', id, turn: 't' })
    server.event('t', 1, started(id))
    server.event('t', 5, { kind: 'text.delta', index: 0, text: 'x' })
    server.event('t', 6, { kind: 'text.delta', index: 0, text: 'y' })
    expect(server.commands('resume')).toEqual([{ kind: 'resume', turn: 't', after: 1 }])
  })
})

describe('retry', () => {
  beforeEach(async () => {
    server.conversations.set('c', conversation('c'))
    server.messages = [
      message('q'),
      message('a1', { parent: 'q', position: 2, role: 'assistant' }),
      message('a2', { parent: 'q', position: 3, role: 'assistant' }),
    ]
    await useThread().open('c')
  })

  it('shows the new answer in the place of the old ones, which stay one tap away', async () => {
    const thread = useThread()
    expect(screen()).toEqual(['q', 'a2'])
    await useOutbox().retry('c', 'q')
    expect(screen()).toEqual(['q', '()'])
    const answer = thread.path[1]
    expect(answer?.siblings).toHaveLength(3)
    if (answer) thread.choose(answer.node, 'a1')
    expect(screen()).toEqual(['q', 'a1'])
    thread.showNewest('q')
    expect(screen()).toEqual(['q', '()'])
  })

  it('that failed with nothing stored says why', async () => {
    await useOutbox().retry('c', 'q')
    const id = server.commands('retry')[0]?.['id']
    server.says({ kind: 'accepted', id, turn: 't' })
    const problem = { code: 'overloaded', message: 'Busy.', permanent: false }
    server.event('t', 1, { kind: 'turn.failed', problem, message: null })
    await frame()
    const [, step] = useThread().path
    expect(step?.node).toMatchObject({ kind: 'live', view: { phase: 'ended', problem } })
  })
})

describe('the session', () => {
  it('that ends by itself keeps what was not sent, for its owner', async () => {
    const { id } = await askFirst('Why?')
    server.revoke()
    await settled()
    expect(useSession().phase).toBe('expired')
    await useSession().signIn('alice', 'secret')
    await settled()
    server.welcome()
    expect(server.commands('send').map((command) => command['id'])).toEqual([id, id])
  })

  it('that somebody else begins shows nothing of the first', async () => {
    await askFirst('Secret?')
    server.revoke()
    await settled()
    server.user = { ...server.user, id: 'bob', username: 'bob' }
    server.conversations.clear()
    await useSession().signIn('bob', 'secret')
    await settled()
    expect(screen()).toEqual([])
    expect(useConversations().list).toEqual([])
    expect(useOutbox().items.size).toBe(0)
  })

  it('that is signed out leaves nothing on the device', async () => {
    await askFirst('Why?')
    await useSession().signOut()
    await settled()
    expect(await server.rows.get('alice')?.outbox.all()).toEqual([])
    expect(useOutbox().items.size).toBe(0)
    expect(useSession().phase).toBe('signed-out')
  })

  it('that is being signed out is not taken for one that ended by itself', async () => {
    const phases: string[] = []
    watch(() => useSession().phase, (phase) => phases.push(phase), { flush: 'sync' })
    const { promise: answer, resolve } = Promise.withResolvers<Answer<null>>()
    vi.spyOn(Rest.prototype, 'signOut').mockReturnValueOnce(answer)
    const leaving = useSession().signOut()
    server.revoke()
    await settled()
    resolve({ ok: true, value: null })
    await leaving
    expect(phases).toEqual(['signed-out'])
  })

  it('cannot be asked about while there is no server', async () => {
    server.up = false
    server.newPage()
    await useSession().start()
    expect(useSession().phase).toBe('unreachable')
  })
})

import { describe, expect, it } from 'vitest'
import { applyEvent, joinTexts, newTurn, partsOf, textOf } from './turn'
import type { TurnView } from './turn'
import type { Message, TurnEvent } from './types'

type Loose = { kind: string } & Record<string, unknown>

/** Events of turn `t`, numbered from `first` on. */
function numbered(events: Loose[], first = 1): TurnEvent[] {
  return events.map((event, at) => ({ turn: 't', seq: first + at, ...event }) as unknown as TurnEvent)
}

function play(events: TurnEvent[], from: TurnView = newTurn('t')): TurnView {
  return events.reduce((view, event) => applyEvent(view, event).view, from)
}

const STARTED = { kind: 'turn.started', conversation: 'c', message: 'q', answer: 'a', model: 'm', routed: null }
const say = (text: string, index = 0) => ({ kind: 'text.delta', index, text })

function message(content: Message['content'], state: Message['state'] = 'complete'): Message {
  return {
    id: 'a', conversation: 'c', parent: 'q', position: 2, role: 'assistant', content, state,
    model: 'm', stop_reason: 'end_turn', problem: null, usage: null, cost_nano_eur: null,
    simulated: true, turn: 't', created_at: '2026-01-01T00:00:00Z',
  }
}

const words = (text: string) => message([{ type: 'text', text }])

describe('applyEvent', () => {
  it('puts text together by its index', () => {
    const view = play(numbered([STARTED, say('Hel'), say('One', 1), say('lo'), say(' two', 1)]))
    expect(view.parts.map((part) => part.kind === 'text' && part.text)).toEqual(['Hello', 'One two'])
    expect(view).toMatchObject({ phase: 'running', answer: 'a', question: 'q', model: 'm', seq: 5 })
  })

  it('keeps thinking apart from the answer', () => {
    const view = play(numbered([{ kind: 'thinking.delta', index: 0, text: 'Hm' }, say('Yes', 1),
      { kind: 'thinking.delta', index: 0, text: 'm' }]))
    expect(view.parts).toEqual([
      { kind: 'thinking', index: 0, text: 'Hmm' },
      { kind: 'text', index: 1, text: 'Yes', citations: [] },
    ])
  })

  it('follows a tool from its call to its result', () => {
    const view = play(numbered([
      { kind: 'tool.call', call: 'k', name: 'search', server: 's', input: { q: 1 }, needs_approval: true },
      { kind: 'tool.progress', call: 'k', text: 'half' },
      { kind: 'tool.result', call: 'k', is_error: true, content: 'no' },
      { kind: 'tool.result', call: 'unknown', is_error: false, content: '' },
    ]))
    expect(view.parts).toEqual([
      {
        kind: 'tool', call: 'k', name: 'search', server: 's', input: { q: 1 }, needsApproval: true,
        progress: 'half', result: { isError: true, content: 'no' },
      },
    ])
  })

  it('keeps the citations with their text', () => {
    const view = play(numbered([say('a'), { kind: 'citation', index: 0, citation: { url: 'u' } }, say('b')]))
    expect(view.parts).toEqual([{ kind: 'text', index: 0, text: 'ab', citations: [{ url: 'u' }] }])
  })

  it('shows why a turn waits, until it starts', () => {
    const waiting = play(numbered([{ kind: 'turn.waiting', reason: 'busy', until: null }]))
    expect(waiting).toMatchObject({ phase: 'waiting', waiting: { reason: 'busy', until: null } })
    expect(play(numbered([STARTED], 2), waiting)).toMatchObject({ phase: 'running', waiting: null })
  })

  it('keeps the running usage', () => {
    const usage = {
      input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4, cost_nano_eur: null,
    }
    expect(play(numbered([{ kind: 'usage', ...usage }])).usage).toEqual(usage)
  })

  it('changes nothing for an event seen before', () => {
    const events = numbered([STARTED, say('a'), say('b')])
    const view = play(events)
    for (const event of events) expect(applyEvent(view, event)).toEqual({ view, gap: false })
  })

  it('does not apply an event that skips ahead, and asks for what is missing', () => {
    const view = play(numbered([STARTED, say('a')]))
    const [ahead] = numbered([say('c')], 4)
    expect(ahead && applyEvent(view, ahead)).toEqual({ view, gap: true })
  })

  it('is the same whole text however the stream is cut and resumed', () => {
    const events = numbered([STARTED, ...Array.from({ length: 60 }, (_, at) => say(`w${String(at)} `, at % 3))])
    const whole = play(events).parts
    for (let cut = 0; cut < events.length; cut += 1) {
      for (const overlap of [0, 1, 7]) {
        const first = play(events.slice(0, cut))
        const rest = events.slice(Math.max(0, first.seq - overlap))
        expect(play(rest, first).parts).toEqual(whole)
      }
    }
  })

  it('replaces all that was shown by a snapshot, even one that holds less', () => {
    const view = play(numbered([STARTED, say('a long text that the journal'), say(' had not')]))
    const [snapshot] = numbered([{ kind: 'turn.snapshot', message: words('a long') }], 2)
    const after = snapshot && applyEvent(view, snapshot)
    expect(after?.gap).toBe(false)
    expect(after && textOf(after.view.parts)).toBe('a long')
    expect(after?.view.seq).toBe(2)
  })

  it('takes a snapshot and the end after any gap, because they carry the whole', () => {
    const snapshot = { kind: 'turn.snapshot', message: words('all of') }
    const end = { kind: 'turn.finished', stop_reason: 'end_turn', message: words('all of it'), usage: null }
    const view = play(numbered([snapshot, end], 500))
    expect(view).toMatchObject({ phase: 'ended', seq: 501, problem: null })
    expect(view.message?.content).toEqual([{ type: 'text', text: 'all of it' }])
    expect(textOf(view.parts)).toBe('all of it')
  })

  it('keeps what was said when the turn fails with nothing stored', () => {
    const problem = { code: 'overloaded', message: 'Busy.', permanent: false }
    const view = play(numbered([STARTED, say('half'), { kind: 'turn.failed', problem, message: null }]))
    expect(view).toMatchObject({ phase: 'ended', problem, message: null })
    expect(textOf(view.parts)).toBe('half')
  })

  it('keeps the stored part of a failed turn', () => {
    const problem = { code: 'overloaded', message: 'Busy.', permanent: false }
    const stored = message([{ type: 'text', text: 'half' }], 'failed')
    const view = play(numbered([STARTED, { kind: 'turn.failed', problem, message: stored }]))
    expect(view.message).toEqual(stored)
  })

  it('changes nothing any more after the end', () => {
    const end = { kind: 'turn.finished', stop_reason: 'stopped', message: words('x'), usage: null }
    const view = play(numbered([STARTED, end]))
    expect(play(numbered([say('late'), end], 3), view)).toBe(view)
  })

  it('counts an event of a kind it does not know', () => {
    const view = play(numbered([{ kind: 'turn.moonshine' }, say('a')]))
    expect(view.seq).toBe(2)
    expect(textOf(view.parts)).toBe('a')
  })

  it('never changes a view it has given out', () => {
    const before = play(numbered([STARTED, say('a')]))
    const copy = structuredClone(before)
    play(numbered([say('b'), { kind: 'citation', index: 0, citation: {} }], 3), before)
    expect(before).toEqual(copy)
  })
})

describe('partsOf', () => {
  it('joins a tool to its result and keeps blocks it does not know', () => {
    const parts = partsOf(message([
      { type: 'server_tool_use', id: 'k', name: 'web_search', input: {} },
      { type: 'tool_result', tool_use_id: 'k', content: 'found' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'Done', citations: null },
    ]))
    expect(parts).toMatchObject([
      { kind: 'tool', call: 'k', result: { isError: false, content: 'found' } },
      { kind: 'other', index: 2 },
      { kind: 'text', index: 3, text: 'Done', citations: [] },
    ])
  })
})

describe('partsOf the tools of the provider', () => {
  it('finds their results under their own names, and the errors among them', () => {
    const parts = partsOf(message([
      { type: 'server_tool_use', id: 'k', name: 'web_search', input: {} },
      { type: 'web_search_tool_result', tool_use_id: 'k', content: [{ url: 'u' }] },
      { type: 'server_tool_use', id: 'l', name: 'web_fetch', input: {} },
      { type: 'web_fetch_tool_result', tool_use_id: 'l', content: { error_code: 'url_not_allowed' } },
    ]))
    expect(parts).toMatchObject([
      { kind: 'tool', call: 'k', result: { isError: false, content: [{ url: 'u' }] } },
      { kind: 'tool', call: 'l', result: { isError: true } },
    ])
  })
})

describe('joinTexts', () => {
  const text = (index: number, words: string, ...citations: unknown[]) =>
    ({ kind: 'text' as const, index, text: words, citations })

  it('makes one text of what citations cut, with all its sources', () => {
    expect(joinTexts([text(0, 'It rains', 1), text(1, ' in Brest.', 2, 3)])).toEqual([
      text(0, 'It rains in Brest.', 1, 2, 3),
    ])
  })

  it('leaves texts apart that something stands between', () => {
    const thought = { kind: 'thinking' as const, index: 1, text: 'hm' }
    const parts = [text(0, 'One.'), thought, text(2, 'Two.')]
    expect(joinTexts(parts)).toEqual(parts)
    expect(textOf(parts)).toBe('One.\n\nTwo.')
  })
})

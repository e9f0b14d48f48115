import { afterEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import type { Message } from '@/store/types'
import { noticeOf, noticeOfProblem, waitingText } from './notice'

function answer(fields: Partial<Message>, text = 'Half'): Message {
  return {
    content: [{ type: 'text', text }], state: 'complete', stop_reason: 'end_turn', problem: null, ...fields,
  } as Message
}

const overloaded = {
  code: 'overloaded', message: 'Claude is overloaded.', permanent: false, retry_after_seconds: null, detail: null,
}

afterEach(() => {
  locale.value = 'en'
})

describe('noticeOf', () => {
  it('says nothing of an answer that is simply there', () => {
    expect(noticeOf(answer({}))).toBeNull()
  })

  it('says what happened and what was kept (the server says both), and offers to ask again', () => {
    expect(noticeOf(answer({ state: 'failed', problem: overloaded }))).toEqual({
      tone: 'danger', text: 'Claude is overloaded.', retry: true,
    })
    expect(noticeOf(answer({ state: 'failed' }))?.text).toBe(
      'This answer could not be finished. What was written is kept.',
    )
    expect(noticeOf(answer({ state: 'interrupted' }))).toMatchObject({ tone: 'warning', retry: true })
    expect(noticeOf(answer({ state: 'stopped' }))).toMatchObject({ tone: 'quiet', retry: true })
  })

  it('does not claim that something was kept when nothing was written', () => {
    expect(noticeOf(answer({ state: 'stopped' }, ''))?.text).toBe('Stopped as you asked.')
  })

  it('tells a refusal and a cut from a whole answer', () => {
    expect(noticeOf(answer({ stop_reason: 'refusal' }))?.text).toContain('preferred not')
    expect(noticeOf(answer({ stop_reason: 'max_tokens' }))?.text).toContain('length')
  })

  it('speaks French', () => {
    locale.value = 'fr'
    expect(noticeOf(answer({ state: 'stopped' }))?.text).toBe(
      'Arrêtée à votre demande. Ce qui était écrit est gardé.',
    )
    expect(waitingText({ reason: 'previous_failed', until: null })).toContain('échoué\u00a0:')
  })
})

describe('noticeOfProblem', () => {
  it('says that the question is kept when nothing was written', () => {
    expect(noticeOfProblem(overloaded).text).toBe('Claude is overloaded.')
    expect(noticeOfProblem(null).text).toBe(
      'This answer could not be finished. Your question is kept.',
    )
  })
})

describe('money', () => {
  const over = {
    ...overloaded, code: 'budget', message: 'The daily limit does not allow this.',
    detail: { scope: 'user', period: 'week', left_nano_eur: 0 },
  }

  it('is a warning, and names the period that is used up', () => {
    const notice = { tone: 'warning', text: over.message, retry: true, money: { period: 'week' } }
    expect(noticeOfProblem(over)).toEqual(notice)
    expect(noticeOf(answer({ state: 'failed', problem: over }))).toEqual(notice)
  })

  it('is nothing to ask for where the limit is the instance’s', () => {
    const shared = { ...over, detail: { ...over.detail, scope: 'instance' } }
    expect(noticeOfProblem(shared).money).toEqual({ period: null })
  })

  it.each(['kill_switch', 'ledger', 'model_unpriced'])('is in the way with %s', (code) => {
    expect(noticeOfProblem({ ...overloaded, code }).money).toEqual({ period: null })
  })

  it('is not in the way of an answer that failed by itself', () => {
    expect(noticeOfProblem(overloaded).money).toBeUndefined()
  })

  it('that others hold is waited for, until a moment that is told', () => {
    const until = new Date(2026, 10, 21, 15, 32).toISOString()
    expect(waitingText({ reason: 'budget', until })).toBe(
      'Waiting: other answers hold the budget, until 15:32 at the latest.',
    )
    expect(waitingText({ reason: 'budget', until: null })).toBe('Waiting: other answers hold the budget.')
    expect(waitingText(null)).toBe('Claude is reading your question.')
  })
})

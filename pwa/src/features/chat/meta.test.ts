import { describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import type { Message } from '@/store/types'
import { metaOf, modelName } from './meta'

const usage = {
  input_tokens: 1000, output_tokens: 200, cache_read_tokens: 30, cache_write_tokens: 4, cost_nano_eur: null,
}

function answer(fields: Partial<Message>): Message {
  return { model: 'claude-opus-4-8', state: 'complete', simulated: false, usage, cost_nano_eur: null, ...fields } as Message
}

const texts = (message: Message) => metaOf(message).map(({ text }) => text)

describe('metaOf', () => {
  it('names the model and the tokens, and no cost where none is known', () => {
    locale.value = 'en'
    expect(texts(answer({}))).toEqual(['Opus 4.8', '1.2K tokens'])
    expect(metaOf(answer({}))[1]?.detail).toBe('1,004 read, 30 read again from the cache, 200 written')
  })

  it('tells no count of an answer that was cut off: it would be too low', () => {
    for (const state of ['stopped', 'failed', 'interrupted'] as const) {
      expect(texts(answer({ state }))).toEqual(['Opus 4.8'])
    }
  })

  it('adds what it cost', () => {
    expect(texts(answer({ cost_nano_eur: 12_000_000 }))).toHaveLength(3)
    expect(metaOf(answer({ cost_nano_eur: 12_000_000 }))[2]).toEqual({ key: 'cost', text: '€0.012' })
  })

  it('says that the simulator’s money is play money', () => {
    const paid = answer({ simulated: true, cost_nano_eur: 12_000_000 })
    expect(metaOf(paid)[2]?.detail).toContain('Play money')
  })

  it('calls the simulator by its name', () => {
    expect(texts(answer({ simulated: true }))[0]).toBe('simulator')
  })

  it('is empty for an answer of which nothing is known', () => {
    expect(metaOf(answer({ model: null, usage: null }))).toEqual([])
  })
})

describe('modelName', () => {
  it('reads as people say it', () => {
    expect(modelName('claude-sonnet-4-5-20250929')).toBe('Sonnet 4.5')
    expect(modelName('claude-sonnet-5')).toBe('Sonnet 5')
    expect(modelName('claude-haiku-4-20250514')).toBe('Haiku 4')
    expect(modelName('something-else')).toBe('something-else')
  })
})

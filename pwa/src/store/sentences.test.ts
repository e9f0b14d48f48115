import { describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import { sentenceOf } from './sentences'

describe('sentenceOf', () => {
  it('lets the server speak for itself', () => {
    expect(sentenceOf({ code: 'x', message: 'No room.' })).toBe('No room.')
  })

  it('has words for what the client found by itself, and for what nobody named', () => {
    locale.value = 'en'
    const said = (code: string) => sentenceOf({ code, message: '' })
    expect(said('offline')).toContain('does not answer')
    expect(said('timeout')).toContain('too long')
    expect(said('strange')).toContain('could not be done')
  })
})

import { describe, expect, it } from 'vitest'
import { locale } from './i18n'
import { strengthHint } from './strength'

describe('strengthHint', () => {
  it('says what is asked, what is missing, and then how good it is', () => {
    locale.value = 'en'
    expect(strengthHint('')).toContain('At least ten')
    expect(strengthHint('abcdefgh')).toBe('2 more characters.')
    expect(strengthHint('abcdefghij')).toContain('Fair')
    expect(strengthHint('abcdefghijklmn')).toBe('A good password.')
    expect(strengthHint('correct horse battery staple')).toBe('A very good password.')
  })

  it('is not taken in by length alone', () => {
    locale.value = 'en'
    expect(strengthHint('aaaaaaaaaaaaaaaaaaaaaaaa')).toContain('Easy to guess')
  })

  it('counts characters as people do', () => {
    locale.value = 'fr'
    expect(strengthHint('🍓🍓🍓🍓🍓🍓🍓🍓🍓')).toBe('Encore 1 caractère.')
  })
})

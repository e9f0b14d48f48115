import { afterEach, describe, expect, it } from 'vitest'
import { defineTexts, detectLocale, frenchSpaces, locale } from './i18n'

const t = defineTexts({
  fr: {
    send: 'Envoyer',
    sure: 'Supprimer « {title} » ?',
    kept: { one: '{n} question gardée', other: '{n} questions gardées' },
  },
  en: {
    send: 'Send',
    sure: 'Delete “{title}”?',
    kept: { one: '{n} question kept', other: '{n} questions kept' },
  },
})

afterEach(() => {
  locale.value = 'en'
})

describe('defineTexts', () => {
  it('answers in the current language', () => {
    locale.value = 'fr'
    expect(t('send')).toBe('Envoyer')
    locale.value = 'en'
    expect(t('send')).toBe('Send')
  })

  it('chooses the plural as each language does: zero is singular in French only', () => {
    locale.value = 'fr'
    expect(t('kept', { n: 0 })).toBe('0 question gardée')
    locale.value = 'en'
    expect(t('kept', { n: 0 })).toBe('0 questions kept')
    expect(t('kept', { n: 1 })).toBe('1 question kept')
  })

  it('writes numbers as the language does', () => {
    locale.value = 'fr'
    expect(t('kept', { n: 12345 })).toBe('12\u202f345 questions gardées')
  })

  it('puts non-breaking spaces in French and leaves a value as it was given', () => {
    locale.value = 'fr'
    expect(t('sure', { title: 'a ? b' })).toBe('Supprimer «\u00a0a ? b\u00a0»\u00a0?')
  })

  it('is refused by the compiler when a hole or a language is missing', () => {
    // @ts-expect-error the title is missing
    const unfilled = t('sure')
    expect(unfilled).toContain('{title}')
    // @ts-expect-error English lacks `bye`
    defineTexts({ fr: { hello: 'Bonjour', bye: 'Au revoir' }, en: { hello: 'Hello' } })
    // @ts-expect-error English has a key that French has not
    defineTexts({ fr: { hello: 'Bonjour' }, en: { hello: 'Hello', bye: 'Goodbye' } })
  })
})

describe('detectLocale', () => {
  it('takes the first language we speak, else English', () => {
    expect(detectLocale(['de-DE', 'fr-CA', 'en'])).toBe('fr')
    expect(detectLocale(['de-DE'])).toBe('en')
  })
})

describe('frenchSpaces', () => {
  it('keeps times and addresses as they are', () => {
    expect(frenchSpaces('à 12:30 : http://x')).toBe('à 12:30\u00a0: http://x')
  })
})

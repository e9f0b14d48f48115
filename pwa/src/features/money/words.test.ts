// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { locale } from '@/lib/i18n'
import { allowanceWords } from './allowance'
import { levelOf } from './level'
import { recordWords } from './record'
import { percent } from './words'

beforeEach(() => {
  locale.value = 'fr'
})

describe('a level', () => {
  it.each([
    [0.699, 'calm'],
    [0.7, 'near'],
    [0.9, 'close'],
    [0.999, 'close'],
    [1, 'reached'],
    [1.2, 'reached'],
  ])('at %d is %s', (fraction, level) => {
    expect(levelOf(fraction)).toBe(level)
  })
})

describe('percent', () => {
  it('does not say 100 before all is gone', () => {
    expect([0.999, 1, 0.0049, 0.29].map((fraction) => percent(fraction).replace(/\s/, ' '))).toEqual([
      '99 %', '100 %', '0 %', '29 %',
    ])
  })
})

describe('allowanceWords', () => {
  it('says every limit, or that there is none', () => {
    expect(allowanceWords({ day: 2e9, total: 5e9 })).toBe('2,00\u00a0€ par jour et 5,00\u00a0€ en tout')
    expect(allowanceWords({ day: null })).toBe('Sans limite')
    expect(allowanceWords({ day: 0 })).toBe('0,00\u00a0€ par jour')
  })
})

describe('recordWords', () => {
  const entry = (event: string, facts: Record<string, unknown>, username: string | null = 'Alice') => ({
    at: '2026-11-21T12:00:00Z', user: username === null ? null : 'a', username, event, facts,
  })
  const names = new Map([['b', 'Bob']])
  const said = (...args: Parameters<typeof entry>) => {
    const { title, details } = recordWords(entry(...args), names)
    return `${title} / ${details}`.replaceAll('\u00a0', ' ')
  }

  it('says who changed which limit, for whom, from what to what', () => {
    const facts = { user: 'b', before: { weekly_nano_eur: null }, after: { weekly_nano_eur: 3e9 } }
    expect(said('limits_set', facts)).toBe(
      'Alice : limites changées / Bob · limite par semaine : 3,00 € (avant aucune)',
    )
    expect(said('limits_set', { user: null, before: { armed: true }, after: { armed: false } })).toBe(
      'Alice : limites changées / arrêt à la limite : non (avant oui)',
    )
  })

  it('says why a stop was lifted, and that the server itself made one', () => {
    expect(said('lifted', { reason: 'Sauvegarde vérifiée' })).toBe('Alice : arrêt levé / Sauvegarde vérifiée')
    expect(said('distrusted', { reason: 'meter_ahead' }, null)).toBe(
      'Serveur : appels arrêtés, le registre n’est pas sûr / ',
    )
  })

  it('says which rate was set, as the language writes it', () => {
    expect(said('rate_set', { before: null, after: '1.0832', source: 'BCE' })).toBe(
      'Alice : taux de change saisi / 1 € = 1,0832 $ · BCE',
    )
  })

  it('shows what a later server writes, as it is', () => {
    expect(said('balances_rebuilt', {}, null)).toBe('Serveur : balances rebuilt / ')
  })
})

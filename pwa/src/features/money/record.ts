import { euros } from '@/lib/format'
import { defineTexts, locale } from '@/lib/i18n'
import type { AuditEntry } from '@/store/types'
import { perPeriod } from './words'

/** An entry of the record in words: what was done, and the particulars. */
export interface RecordWords {
  title: string
  details: string
}

const t = defineTexts({
  fr: {
    pulled: '{who} : tous les appels arrêtés',
    lifted: '{who} : arrêt levé',
    distrusted: '{who} : appels arrêtés, le registre n’est pas sûr',
    limits_set: '{who} : limites changées',
    price_set: '{who} : prix changé',
    rate_set: '{who} : taux de change saisi',
    ask_granted: '{who} : supplément accordé',
    ask_declined: '{who} : supplément refusé',
    other: '{who} : {event}',
    server: 'Serveur',
    gone: 'Ancien membre',
    set: '{what} : {after} (avant {before})',
    own: 'limite personnelle {period}',
    limit: 'limite {period}',
    armed: 'arrêt à la limite',
    on: 'oui',
    off: 'non',
    none: 'aucune',
    rate: '1 € = {after} $',
  },
  en: {
    pulled: '{who}: every call stopped',
    lifted: '{who}: stop lifted',
    distrusted: '{who}: calls stopped, the ledger cannot be trusted',
    limits_set: '{who}: limits changed',
    price_set: '{who}: price changed',
    rate_set: '{who}: exchange rate set',
    ask_granted: '{who}: more granted',
    ask_declined: '{who}: more declined',
    other: '{who}: {event}',
    server: 'Server',
    gone: 'Former member',
    set: '{what}: {after} (was {before})',
    own: 'own limit {period}',
    limit: 'limit {period}',
    armed: 'stop at the limit',
    on: 'yes',
    off: 'no',
    none: 'none',
    rate: '€1 = ${after}',
  },
})

const EVENTS = [
  'pulled', 'lifted', 'distrusted', 'limits_set', 'price_set', 'rate_set', 'ask_granted',
  'ask_declined',
] as const

const PERIODS = { daily: 'day', weekly: 'week', monthly: 'month', total: 'total' } as const

type Facts = Readonly<Record<string, unknown>>

/** `names` are those of the people, by their ids. */
export function recordWords(entry: AuditEntry, names: ReadonlyMap<string, string>): RecordWords {
  const who = entry.user === null ? t('server') : (entry.username ?? t('gone'))
  const known = EVENTS.find((event) => event === entry.event)
  const event = entry.event.replaceAll('_', ' ')
  const title = known === undefined ? t('other', { who, event }) : t(known, { who })
  return { title, details: detailsOf(entry, names).filter((words) => words !== '').join(' · ') }
}

function detailsOf({ event, facts }: AuditEntry, names: ReadonlyMap<string, string>): string[] {
  const person = names.get(text(facts['user'])) ?? ''
  switch (event) {
    case 'limits_set':
      return [person, ...changes(record(facts['before']), record(facts['after']))]
    case 'price_set':
      return [text(facts['model'])]
    case 'rate_set':
      return [t('rate', { after: decimal(facts['after']) }), text(facts['source'])]
    case 'ask_granted':
    case 'ask_declined':
      return [person, amount(facts['granted_nano_eur'])]
    case 'distrusted':
      return []
    default:
      return [text(facts['reason'])]
  }
}

function changes(before: Facts, after: Facts): string[] {
  return Object.entries(after).map(([name, value]) =>
    t('set', { what: nameOf(name), after: valueOf(value), before: valueOf(before[name]) }),
  )
}

/** `own_daily_nano_eur` in words. */
function nameOf(name: string): string {
  const [, own, period] = /^(own_)?(daily|weekly|monthly|total)_nano_eur$/.exec(name) ?? []
  if (period === undefined) return name === 'armed' ? t('armed') : name
  const words = perPeriod(PERIODS[period as keyof typeof PERIODS])
  return own === undefined ? t('limit', { period: words }) : t('own', { period: words })
}

function valueOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? t('on') : t('off')
  return value == null ? t('none') : amount(value)
}

function amount(value: unknown): string {
  return typeof value === 'number' ? euros(value) : ''
}

/** A decimal of the wire (`1.0832`) as the language writes it. */
function decimal(value: unknown): string {
  const options = { maximumFractionDigits: 6 }
  return new Intl.NumberFormat(locale.value, options).format(Number(text(value)))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function record(value: unknown): Facts {
  return typeof value === 'object' && value !== null ? (value as Facts) : {}
}

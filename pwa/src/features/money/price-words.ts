import { dayWords } from '@/lib/calendar'
import { defineTexts, locale } from '@/lib/i18n'
import type { ModelPrice } from '@/store/types'

type Prices = Pick<
  ModelPrice,
  'input' | 'output' | 'cache_write_5m' | 'cache_write_1h' | 'cache_read'
>

/** One line of a price's details: what is paid, and how much. */
export interface PriceLine {
  what: string
  price: string
}

const t = defineTexts({
  fr: {
    short: 'Entrée {input}, sortie {output} par million de jetons.',
    edited: 'Modifié ici.',
    retires: 'Sera retiré le {day}.',
    pair: 'entrée {input}, sortie {output}',
    write5m: 'Mise en cache, 5 minutes',
    write1h: 'Mise en cache, 1 heure',
    read: 'Lecture du cache',
    tier: 'Demande de plus de {tokens} jetons',
    batch: 'Par lots',
    fast: 'Rapide',
    us: 'Aux États-Unis seulement',
    search: '1 000 recherches sur le web',
    since: 'En vigueur depuis',
    source: 'Source',
  },
  en: {
    short: 'Input {input}, output {output} per million tokens.',
    edited: 'Changed here.',
    retires: 'Will be retired on {day}.',
    pair: 'input {input}, output {output}',
    write5m: 'Write to the cache, 5 minutes',
    write1h: 'Write to the cache, 1 hour',
    read: 'Read from the cache',
    tier: 'Request of more than {tokens} tokens',
    batch: 'In batches',
    fast: 'Fast',
    us: 'In the US only',
    search: '1,000 web searches',
    since: 'In force since',
    source: 'Source',
  },
})

/** The two prices that one compares models by. */
export function priceSentence(price: ModelPrice): string {
  const { retires, edited } = price
  return [
    t('short', pair(price)),
    edited ? t('edited') : '',
    retires === null ? '' : t('retires', { day: long(retires) }),
  ]
    .filter((words) => words !== '')
    .join(' ')
}

/** Everything else a request may be billed for. */
export function priceLines(price: ModelPrice): PriceLine[] {
  return [
    ...price.tiers.map((tier) => ({
      what: t('tier', { tokens: tier.prompt_tokens_over }),
      price: t('pair', pair(tier)),
    })),
    { what: t('write5m'), price: dollars(price.cache_write_5m) },
    { what: t('write1h'), price: dollars(price.cache_write_1h) },
    { what: t('read'), price: dollars(price.cache_read) },
    ...(price.batch ? [{ what: t('batch'), price: t('pair', pair(price.batch)) }] : []),
    ...(price.fast ? [{ what: t('fast'), price: t('pair', pair(price.fast)) }] : []),
    ...(price.us_multiplier ? [{ what: t('us'), price: `× ${decimal(price.us_multiplier)}` }] : []),
    ...(price.web_search_per_1000
      ? [{ what: t('search'), price: dollars(price.web_search_per_1000) }]
      : []),
    { what: t('since'), price: long(price.valid_from) },
    { what: t('source'), price: price.source },
  ]
}

function pair({ input, output }: Prices): { input: string; output: string } {
  return { input: dollars(input), output: dollars(output) }
}

function dollars(price: string): string {
  const options = {
    style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', maximumFractionDigits: 6,
  } as const
  return new Intl.NumberFormat(locale.value, options).format(Number(price))
}

function decimal(number: string): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: 6 }).format(Number(number))
}

function long(day: string): string {
  return dayWords(day, { day: 'numeric', month: 'short', year: 'numeric' })
}

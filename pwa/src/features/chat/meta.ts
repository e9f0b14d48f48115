import { count, euros } from '@/lib/format'
import { defineTexts } from '@/lib/i18n'
import type { Message, Usage } from '@/store/types'

const t = defineTexts({
  fr: {
    tokens: { one: '{short} jeton', other: '{short} jetons' },
    detail: '{input} lus, {cached} relus du cache, {output} écrits',
    simulator: 'simulateur',
    play: 'Argent fictif : le simulateur n’est pas facturé.',
  },
  en: {
    tokens: { one: '{short} token', other: '{short} tokens' },
    detail: '{input} read, {cached} read again from the cache, {output} written',
    simulator: 'simulator',
    play: 'Play money: the simulator is not billed.',
  },
})

/** One item of the quiet line under an answer; `detail` is its longer form. */
export interface Meta {
  key: 'model' | 'tokens' | 'cost'
  text: string
  detail?: string
}

/** What the quiet line says of an answer, beside its time: who wrote it, and what it took. */
export function metaOf(message: Message): Meta[] {
  const items: Meta[] = []
  const model = message.simulated ? t('simulator') : message.model && modelName(message.model)
  if (model) items.push({ key: 'model', text: model, ...(message.model && { detail: message.model }) })
  // Of an answer that broke off nobody told the count: what is known is only its beginning.
  if (message.usage && message.state === 'complete') items.push(tokensOf(message.usage))
  if (message.cost_nano_eur !== null) {
    const text = euros(message.cost_nano_eur)
    items.push({ key: 'cost', text, ...(message.simulated && { detail: t('play') }) })
  }
  return items
}

function tokensOf(usage: Usage): Meta {
  const cached = usage.cache_read_tokens
  const input = usage.input_tokens + usage.cache_write_tokens
  const n = input + cached + usage.output_tokens
  return {
    key: 'tokens',
    text: t('tokens', { n, short: count(n) }),
    detail: t('detail', { input, cached, output: usage.output_tokens }),
  }
}

/** `claude-sonnet-4-5-20250929` as people say it: Sonnet 4.5. Other names stay as they are. */
export function modelName(id: string): string {
  const [, family, major, minor] = /^claude-([a-z]+)-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?$/.exec(id) ?? []
  if (family === undefined || major === undefined) return id
  const name = family.charAt(0).toUpperCase() + family.slice(1)
  return minor === undefined ? `${name} ${major}` : `${name} ${major}.${minor}`
}

import { euros } from '@/lib/format'
import { defineTexts } from '@/lib/i18n'
import type { Message } from '@/store/types'

const t = defineTexts({
  fr: {
    whole: 'Conversation : {whole}',
    branch: 'Cette version : {branch} · conversation : {whole}',
  },
  en: {
    whole: 'Conversation: {whole}',
    branch: 'This version: {branch} · conversation: {whole}',
  },
})

/**
 * What a conversation has cost, in words; null while nothing was spent, or where the one answer
 * there is says it already. `shown` is the visible path from its beginning on, or null where not
 * all of it is known; `whole` counts every branch, in nano-euros.
 */
export function costText(shown: readonly Message[] | null, whole: number): string | null {
  const costs = shown?.flatMap((message) => message.cost_nano_eur ?? []) ?? null
  const branch = costs?.reduce((sum, cost) => sum + cost, 0) ?? whole
  if (whole === 0 || (costs?.length === 1 && branch === whole)) return null
  if (branch === whole) return t('whole', { whole: euros(whole) })
  return t('branch', { branch: euros(branch), whole: euros(whole) })
}

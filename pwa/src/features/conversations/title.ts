import { defineTexts } from '@/lib/i18n'
import type { Conversation } from '@/store/types'

const t = defineTexts({
  fr: { untitled: 'Nouvelle conversation' },
  en: { untitled: 'New conversation' },
})

/** How much of a name a sentence carries. */
const NAMED = 48

/** The name of a conversation; one without is new. */
export function titleOf(conversation: Pick<Conversation, 'title'> | null | undefined): string {
  const title = conversation?.title?.trim()
  return title === undefined || title === '' ? t('untitled') : title
}

/** The same inside a sentence, where a long name would hide what is said about it. */
export function shortTitleOf(conversation: Pick<Conversation, 'title'>): string {
  const letters = [...titleOf(conversation)]
  return letters.length <= NAMED ? letters.join('') : `${letters.slice(0, NAMED).join('').trimEnd()}…`
}

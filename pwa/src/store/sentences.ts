import { defineTexts } from '@/lib/i18n'
import type { Problem } from './types'

const t = defineTexts({
  fr: {
    offline: 'Le serveur ne répond pas. Vérifiez la connexion, puis réessayez.',
    timeout: 'Le serveur met trop de temps à répondre. Réessayez dans un moment.',
    unreadable: 'Le serveur a répondu d’une façon inattendue. Réessayez dans un moment.',
    other: 'Cela n’a pas pu se faire. Réessayez dans un moment.',
  },
  en: {
    offline: 'The server does not answer. Check the connection, then try again.',
    timeout: 'The server takes too long to answer. Try again in a moment.',
    unreadable: 'The server answered in an unexpected way. Try again in a moment.',
    other: 'This could not be done. Try again in a moment.',
  },
})

/** A problem in words: the server's own, or ours for what the client found by itself. */
export function sentenceOf({ code, message }: Pick<Problem, 'code' | 'message'>): string {
  if (message !== '') return message
  return code === 'offline' || code === 'timeout' || code === 'unreadable' ? t(code) : t('other')
}

/** How well a new password protects, in words. Length counts; rules about characters do not. */
import { defineTexts } from './i18n'

export const SHORTEST_PASSWORD = 10

const GOOD = 14
const STRONG = 18
/** Fewer different characters than this make any length easy to guess. */
const VARIED = 6

const t = defineTexts({
  fr: {
    rule: 'Dix caractères au moins ; quelques mots à la suite font très bien.',
    more: { one: 'Encore {n} caractère.', other: 'Encore {n} caractères.' },
    simple: 'Facile à deviner : les mêmes caractères reviennent.',
    fair: 'Correct. Plus long serait mieux.',
    good: 'Bon mot de passe.',
    strong: 'Très bon mot de passe.',
  },
  en: {
    rule: 'At least ten characters; a few words in a row do very well.',
    more: { one: '{n} more character.', other: '{n} more characters.' },
    simple: 'Easy to guess: the same characters come again.',
    fair: 'Fair. Longer would be better.',
    good: 'A good password.',
    strong: 'A very good password.',
  },
})

export function strengthHint(password: string): string {
  const length = [...password].length
  if (length === 0) return t('rule')
  if (length < SHORTEST_PASSWORD) return t('more', { n: SHORTEST_PASSWORD - length })
  if (new Set(password).size < VARIED) return t('simple')
  if (length < GOOD) return t('fair')
  return length < STRONG ? t('good') : t('strong')
}

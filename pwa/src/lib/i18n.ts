/**
 * The words of the app, in French and English, checked by the compiler.
 *
 * Each component keeps its own few texts beside it:
 *
 *     const t = defineTexts({
 *       fr: { send: 'Envoyer', kept: { one: '{n} question gardée', other: '{n} questions gardées' } },
 *       en: { send: 'Send', kept: { one: '{n} question kept', other: '{n} questions kept' } },
 *     })
 *     t('send')          t('kept', { n: 3 })
 *
 * Both languages must have the same keys, and a text is called with exactly the holes it has. A
 * plural is chosen by its number `n`. Numbers are written as the language writes them. French
 * strings are typed with ordinary spaces: the non-breaking ones before « : ; ? ! » are put in here.
 */
import { shallowRef } from 'vue'

export type Locale = 'fr' | 'en'

interface Plural {
  readonly one: string
  readonly other: string
}
type Text = string | Plural

type Hole<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Hole<Rest> : never
type HoleOf<T> = T extends Plural ? 'n' | Hole<T['one'] | T['other']> : Hole<T>
type Values<Name extends string> = { readonly [K in Name]: K extends 'n' ? number : string | number }
type Arguments<T> = [HoleOf<T>] extends [never] ? [] : [values: Values<HoleOf<T> & string>]

const NBSP = '\u00a0'

/** The language of the screen now; texts and formats read inside a render follow it. */
export const locale = shallowRef<Locale>(detectLocale())

/** The first of `wanted` (the browser's languages by default) that we speak; else English. */
export function detectLocale(wanted: readonly string[] = navigator.languages): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0]
    if (language === 'fr' || language === 'en') return language
  }
  return 'en'
}

/** Put non-breaking spaces where French typography wants them. */
export function frenchSpaces(text: string): string {
  return text.replace(/ (?=[:;?!»%€])/g, NBSP).replace(/« /g, `«${NBSP}`)
}

/** Make the function that gives this module's texts in the current language. */
export function defineTexts<
  const Fr extends Record<string, Text>,
  const En extends Record<keyof Fr, Text> & Record<Exclude<keyof En, keyof Fr>, never>,
>(texts: { fr: Fr; en: En }) {
  return <K extends keyof Fr & string>(key: K, ...[values]: Arguments<Fr[K] | En[K]>): string => {
    const language = locale.value
    const found: Text = texts[language][key] as Text
    const holes: Readonly<Record<string, string | number>> = values ?? {}
    const pattern = typeof found === 'string' ? found : choose(found, holes['n'], language)
    return fill(language === 'fr' ? frenchSpaces(pattern) : pattern, holes, language)
  }
}

function choose(plural: Plural, n: string | number | undefined, language: Locale): string {
  return new Intl.PluralRules(language).select(Number(n)) === 'one' ? plural.one : plural.other
}

function fill(
  pattern: string,
  holes: Readonly<Record<string, string | number>>,
  language: Locale,
): string {
  return pattern.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = holes[name]
    if (value === undefined) return hole
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value
  })
}

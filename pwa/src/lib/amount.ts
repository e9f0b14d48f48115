/** Amounts of money as people type them. Never through a float: what is typed is what counts. */
import { locale } from './i18n'

const AMOUNT = /^(\d{1,7})(?:[.,](\d{1,9}))?$/
const NANO_DIGITS = 9

/** The nano-euros in `2,50`, `2.5`, `1 000 €`; null where it is no amount. */
export function readEuros(text: string): number | null {
  const [, whole = '', fraction = ''] = AMOUNT.exec(text.replace(/[\s€]/gu, '')) ?? []
  return whole === '' ? null : Number(whole + fraction.padEnd(NANO_DIGITS, '0'))
}

/** An amount in nano-euros as one would type it: `2,50`; an empty text for null. */
export function typedEuros(nanoEuros: number | null): string {
  if (nanoEuros === null) return ''
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: NANO_DIGITS, useGrouping: false }
  return new Intl.NumberFormat(locale.value, digits).format(nanoEuros / 10 ** NANO_DIGITS)
}

/** A decimal as the wire writes it (`1.25`) from what was typed (`1,25`); null where it is none. */
export function readDecimal(text: string): string | null {
  const plain = text.replace(/\s/gu, '').replace(',', '.')
  return /^\d{1,6}(\.\d{1,6})?$/.test(plain) ? plain : null
}

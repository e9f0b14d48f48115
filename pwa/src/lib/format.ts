/** Money, counts and times as people read them, in the language of the screen. */
import { defineTexts, frenchSpaces, locale } from './i18n'

const t = defineTexts({
  fr: { now: 'à l’instant', today: 'Aujourd’hui', yesterday: 'Hier', week: 'Cette semaine' },
  en: { now: 'just now', today: 'Today', yesterday: 'Yesterday', week: 'This week' },
})

const NANO = 1e9
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From this amount on, cents say enough. In nano-euros. */
const CENTS_SUFFICE = 0.1 * NANO

/** An amount in integer nano-euros: `3,20 €`, and below ten cents two significant figures: `0,012 €`. */
export function euros(nanoEuros: number): string {
  return currency(nanoEuros).format(nanoEuros / NANO)
}

/** A range of two amounts in nano-euros: `0,0021–0,014 €`; one amount where both read the same. */
export function euroRange(low: number, high: number): string {
  if (euros(low) === euros(high)) return euros(high)
  return currency(low).formatRange(low / NANO, high / NANO)
}

function currency(smallest: number): Intl.NumberFormat {
  const cents = { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  const figures = {
    minimumSignificantDigits: 1,
    maximumSignificantDigits: 2,
    roundingPriority: 'morePrecision',
  } as const
  const digits = Math.abs(smallest) >= CENTS_SUFFICE ? cents : { ...cents, ...figures }
  return new Intl.NumberFormat(locale.value, { style: 'currency', currency: 'EUR', ...digits })
}

/** A count that may be large, in short: `950`, `12,3 k`. */
export function count(n: number): string {
  return write(n, { notation: 'compact', maximumFractionDigits: 1 })
}

/** A length of time in milliseconds, in seconds: `0,8 s`, `12 s`. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000
  const digits = value < 10 ? 1 : 0
  return write(value, { style: 'unit', unit: 'second', maximumFractionDigits: digits })
}

/** A moment (ISO 8601 or milliseconds): relative for a day, then short. */
export function when(moment: string | number, now: number = Date.now()): string {
  const time = new Date(moment).getTime()
  const ago = now - time
  if (ago < MINUTE) return t('now')
  if (ago < HOUR) return relative(-Math.floor(ago / MINUTE), 'minute')
  if (ago < DAY) return relative(-Math.floor(ago / HOUR), 'hour')
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear()
  const year = sameYear ? {} : ({ year: 'numeric' } as const)
  return date(time, { day: 'numeric', month: 'short', ...year })
}

/** The whole date and time, for a title or a screen reader. */
export function exactly(moment: string | number): string {
  return date(new Date(moment).getTime(), { dateStyle: 'long', timeStyle: 'short' })
}

/** The time of day: `9:05`, `21:05`. */
export function clock(moment: string | number): string {
  return date(new Date(moment).getTime(), { hour: 'numeric', minute: '2-digit' })
}

/** The day of a moment: `12 mars`. */
export function dayAndMonth(moment: string | number): string {
  return date(new Date(moment).getTime(), { day: 'numeric', month: 'long' })
}

/** The heading a moment stands under in a list: today, yesterday, this week, then its month. */
export function dayGroup(moment: string | number, now: number = Date.now()): string {
  const time = new Date(moment).getTime()
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  if (time >= midnight) return t('today')
  // Not 24 hours back: a day may have 23 or 25.
  if (time >= daysBefore(midnight, 1)) return t('yesterday')
  if (time >= daysBefore(midnight, 6)) return t('week')
  const month = date(time, { month: 'long', year: 'numeric' })
  return month.charAt(0).toUpperCase() + month.slice(1)
}

function daysBefore(midnight: number, days: number): number {
  const day = new Date(midnight)
  return day.setDate(day.getDate() - days)
}

function write(value: number, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale.value, options).format(value)
}

function relative(value: number, unit: 'minute' | 'hour'): string {
  const text = new Intl.RelativeTimeFormat(locale.value, { style: 'short' }).format(value, unit)
  return locale.value === 'fr' ? frenchSpaces(text) : text
}

function date(time: number, options: Intl.DateTimeFormatOptions): string {
  const language = locale.value === 'fr' ? 'fr' : 'en-GB'
  return new Intl.DateTimeFormat(language, options).format(time)
}

/**
 * Days as the wire writes them, `2026-11-21`: those of the instance's time zone, wherever the
 * reader is. They are reckoned in UTC, where every day has 24 hours.
 */
import { locale } from './i18n'

export type Span = 'day' | 'week' | 'month'

/** The first and the last day of a span, both included. */
export interface Days {
  first: string
  last: string
}

const DAY = 24 * 60 * 60 * 1000

/** The day it is in `zone` at a moment (in milliseconds). */
export function dayIn(zone: string, moment: number): string {
  // Swedes write their dates as the wire does.
  return new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(moment)
}

/** The day, the week (from its Monday) or the month that `day` is in. */
export function spanOf(span: Span, day: string): Days {
  const date = new Date(day)
  if (span === 'day') return { first: day, last: day }
  if (span === 'week') {
    const monday = date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY
    return { first: write(monday), last: write(monday + 6 * DAY) }
  }
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { first: write(Date.UTC(year, month, 1)), last: write(Date.UTC(year, month + 1, 0)) }
}

/** The span before (`-1`) or after (`1`) another. */
export function nextSpan(span: Span, { first, last }: Days, step: 1 | -1): Days {
  const edge = new Date(step === 1 ? last : first).getTime()
  return spanOf(span, write(edge + step * DAY))
}

/** Every day of a span, in order. */
export function eachDay({ first, last }: Days): string[] {
  const [start, end] = [new Date(first).getTime(), new Date(last).getTime()]
  const count = Math.max(0, Math.round((end - start) / DAY) + 1)
  return Array.from({ length: count }, (_, at) => write(start + at * DAY))
}

/** A day in words: `21 nov.`, or as `options` say. */
export function dayWords(
  day: string,
  options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' },
): string {
  const language = locale.value === 'fr' ? 'fr' : 'en-GB'
  return new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(day))
}

function write(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

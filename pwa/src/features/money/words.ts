import { defineTexts, locale } from '@/lib/i18n'
import type { Period, ScopeStatus } from '@/store/types'

const t = defineTexts({
  fr: {
    day: 'Aujourd’hui',
    week: 'Cette semaine',
    month: 'Ce mois-ci',
    total: 'En tout',
    userLimit: 'Vous',
    instanceLimit: 'Toute l’instance',
    perDay: 'par jour',
    perWeek: 'par semaine',
    perMonth: 'par mois',
    inAll: 'en tout',
  },
  en: {
    day: 'Today',
    week: 'This week',
    month: 'This month',
    total: 'In all',
    userLimit: 'You',
    instanceLimit: 'The whole instance',
    perDay: 'a day',
    perWeek: 'a week',
    perMonth: 'a month',
    inAll: 'in all',
  },
})

export const periodName = (period: Period): string => t(period)

export function ownerName(scope: ScopeStatus['scope']): string {
  return scope === 'user' ? t('userLimit') : t('instanceLimit')
}

/** `par jour`, as one says it after an amount. */
export function perPeriod(period: Period): string {
  const keys = { day: 'perDay', week: 'perWeek', month: 'perMonth', total: 'inAll' } as const
  return t(keys[period])
}

/** Of a percent: 0.29 * 100 is a little less than 29. */
const ROUNDING = 1e-9

/** `72 %`, the whole part: never 100 before it is all gone. */
export function percent(fraction: number): string {
  const shown = Math.floor(fraction * 100 + ROUNDING) / 100
  const options = { style: 'percent', maximumFractionDigits: 0 } as const
  return new Intl.NumberFormat(locale.value, options).format(shown)
}

/** A moment to come: `lun. 23 nov. à 00:00`. */
export function moment(at: string): string {
  const options = {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
  } as const
  const language = locale.value === 'fr' ? 'fr' : 'en-GB'
  return new Intl.DateTimeFormat(language, options).format(new Date(at))
}

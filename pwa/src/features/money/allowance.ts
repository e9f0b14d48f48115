import { euros } from '@/lib/format'
import { defineTexts, locale } from '@/lib/i18n'
import type { Period } from '@/store/types'
import { perPeriod } from './words'

const t = defineTexts({
  fr: { none: 'Sans limite' },
  en: { none: 'No limit' },
})

/** `2,00 € par jour et 20,00 € par mois`; a null is no limit. */
export function allowanceWords(amounts: Partial<Record<Period, number | null>>): string {
  const parts = (['day', 'week', 'month', 'total'] as const).flatMap((period) => {
    const amount = amounts[period] ?? null
    return amount === null ? [] : [`${euros(amount)} ${perPeriod(period)}`]
  })
  return parts.length === 0 ? t('none') : new Intl.ListFormat(locale.value).format(parts)
}

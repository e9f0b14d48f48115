import { watch } from 'vue'
import { locale } from '@/lib/i18n'
import { usePreferences } from '@/store/preferences'

/** Applies language, theme and answer font to the document, now and whenever they change. */
export function followAppearance(): void {
  const preferences = usePreferences()
  const root = document.documentElement
  watch(
    () => [preferences.language, preferences.theme, preferences.answerFont] as const,
    ([language, theme, font]) => {
      locale.value = language
      root.lang = language
      root.dataset['answerFont'] = font
      if (theme === 'system') delete root.dataset['theme']
      else root.dataset['theme'] = theme
    },
    { immediate: true },
  )
}

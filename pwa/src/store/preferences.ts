import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { detectLocale } from '@/lib/i18n'
import type { Language, Problem, Theme } from './types'
import { useSession } from './session'

export type AnswerFont = 'sans' | 'serif'

const KEY = 'claude-rasp/preferences'

interface Kept {
  language: Language
  theme: Theme
  answerFont: AnswerFont
}

/**
 * How the app looks and speaks. Language and theme belong to the account; a copy stays on the
 * device so that the next start, and the sign-in, look as the person left them. The font of the
 * answers belongs to the device.
 */
export const usePreferences = defineStore('preferences', () => {
  const session = useSession()
  const kept = readKept()
  const language = ref<Language>(kept.language ?? detectLocale())
  const theme = ref<Theme>(kept.theme ?? 'system')
  const answerFont = ref<AnswerFont>(kept.answerFont ?? 'sans')

  watch(
    () => session.user,
    (user) => {
      if (!user) return
      language.value = user.language
      theme.value = user.theme
    },
  )
  watch([language, theme, answerFont], () => {
    keep({ language: language.value, theme: theme.value, answerFont: answerFont.value })
  })

  /** Changes what is shown at once, then the account; takes it back if the server refuses. */
  async function change(to: { language?: Language; theme?: Theme }): Promise<Problem | null> {
    const before = { language: language.value, theme: theme.value }
    apply(to)
    const problem = session.isSignedIn ? await session.changeMe(to) : null
    if (problem) apply(before)
    return problem
  }

  function apply(to: { language?: Language; theme?: Theme }): void {
    language.value = to.language ?? language.value
    theme.value = to.theme ?? theme.value
  }

  return { language, theme, answerFont, change }
})

function readKept(): Partial<Kept> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown> | null
    return {
      ...pick(kept, 'language', ['fr', 'en'] as const),
      ...pick(kept, 'theme', ['system', 'light', 'dark'] as const),
      ...pick(kept, 'answerFont', ['sans', 'serif'] as const),
    }
  } catch {
    return {}
  }
}

/** `{[name]: value}` when the value is one that is allowed, else nothing. */
function pick<Name extends keyof Kept>(
  kept: Record<string, unknown> | null,
  name: Name,
  allowed: readonly Kept[Name][],
): Partial<Kept> {
  const value = allowed.find((one) => one === kept?.[name])
  return value === undefined ? {} : { [name]: value }
}

/** A device that refuses to store shows the defaults at its next start; nothing else is lost. */
function keep(preferences: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    return
  }
}

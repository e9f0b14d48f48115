import { clock } from '@/lib/format'
import { defineTexts } from '@/lib/i18n'
import { sentenceOf } from '@/store/sentences'
import type { Message, Period, Problem, WaitReason } from '@/store/types'

/**
 * A sentence under an answer: what happened, what was kept; `retry` offers to ask again, and
 * `money` says that the limits are in the way.
 */
export interface Notice {
  tone: 'quiet' | 'warning' | 'danger'
  text: string
  retry: boolean
  money?: MoneyHelp
}

/** Money stands in the way: one's own limit of a period, or (null) what only administrators mend. */
export interface MoneyHelp {
  period: Period | null
}

const t = defineTexts({
  fr: {
    stopped: 'Arrêtée à votre demande.',
    interrupted: 'Le serveur s’est arrêté pendant cette réponse.',
    failed: 'Cette réponse n’a pas pu aller à son terme.',
    kept: 'Ce qui était écrit est gardé.',
    question_kept: 'Votre question est gardée.',
    max_tokens: 'La réponse a atteint la longueur permise.',
    context: 'La conversation est trop longue pour ce modèle.',
    refusal: 'Claude a préféré ne pas répondre à cette question.',
    tool_use: 'Claude voulait un outil qui n’est pas disponible ici.',
    unanswered: 'Cette question n’a pas encore de réponse.',
    previous: 'Attend la fin de la réponse précédente.',
    previous_failed: 'La réponse précédente a échoué : reprenez-la d’abord.',
    busy: 'Attend une place : d’autres réponses sont en cours.',
    budget: 'En attente : d’autres réponses retiennent le budget.',
    budget_until: 'En attente : d’autres réponses retiennent le budget, jusqu’à {time} au plus tard.',
    starting: 'Claude lit votre question.',
  },
  en: {
    stopped: 'Stopped as you asked.',
    interrupted: 'The server stopped during this answer.',
    failed: 'This answer could not be finished.',
    kept: 'What was written is kept.',
    question_kept: 'Your question is kept.',
    max_tokens: 'The answer reached the length allowed.',
    context: 'The conversation is too long for this model.',
    refusal: 'Claude preferred not to answer this question.',
    tool_use: 'Claude wanted a tool that is not available here.',
    unanswered: 'This question has no answer yet.',
    previous: 'Waiting for the previous answer to end.',
    previous_failed: 'The previous answer failed: try that one again first.',
    busy: 'Waiting for a place: other answers are under way.',
    budget: 'Waiting: other answers hold the budget.',
    budget_until: 'Waiting: other answers hold the budget, until {time} at the latest.',
    starting: 'Claude is reading your question.',
  },
})

/** What there is to say about a stored answer; null when it is simply there. */
export function noticeOf(message: Message): Notice | null {
  const kept = hasText(message) ? ` ${t('kept')}` : ''
  switch (message.state) {
    case 'stopped':
      return { tone: 'quiet', text: t('stopped') + kept, retry: true }
    case 'interrupted':
      return { tone: 'warning', text: t('interrupted') + kept, retry: true }
    case 'failed':
      return failed(message.problem, t('failed') + kept)
    case 'complete':
      return noticeOfEnd(message.stop_reason)
  }
}

function noticeOfEnd(reason: string | null): Notice | null {
  switch (reason) {
    case 'max_tokens':
      return { tone: 'quiet', text: t('max_tokens'), retry: true }
    case 'model_context_window_exceeded':
      return { tone: 'warning', text: t('context'), retry: false }
    case 'refusal':
      return { tone: 'quiet', text: t('refusal'), retry: true }
    case 'tool_use':
      return { tone: 'quiet', text: t('tool_use'), retry: true }
    case null:
    default:
      return null
  }
}

/** A turn that ended with nothing stored: the question is what was kept. */
export function noticeOfProblem(problem: Problem | null): Notice {
  return failed(problem, `${t('failed')} ${t('question_kept')}`)
}

/** The server's sentence says what was kept by itself; `otherwise` is for when it gave none. */
function failed(problem: Problem | null, otherwise: string): Notice {
  const notice: Notice = { tone: 'danger', text: problem ? sentenceOf(problem) : otherwise, retry: true }
  const money = moneyHelpOf(problem)
  return money ? { ...notice, tone: 'warning', money } : notice
}

function moneyHelpOf(problem: Problem | null): MoneyHelp | null {
  switch (problem?.code ?? '') {
    case 'budget':
      return { period: ownPeriodOf(problem?.detail ?? {}) }
    case 'kill_switch':
    case 'ledger':
    case 'model_unpriced':
      return { period: null }
    default:
      return null
  }
}

/** The instance's limits are nobody's to ask about. */
function ownPeriodOf({ scope, period }: Record<string, unknown>): Period | null {
  return scope === 'user' ? (period as Period) : null
}

export function unanswered(): Notice {
  return { tone: 'quiet', text: t('unanswered'), retry: true }
}

export function waitingText(waiting: { reason: WaitReason; until: string | null } | null): string {
  if (waiting?.reason === 'budget' && waiting.until !== null) {
    return t('budget_until', { time: clock(waiting.until) })
  }
  return t(waiting?.reason ?? 'starting')
}

function hasText({ content }: Message): boolean {
  return content.some((block) => block.type === 'text' && block.text !== undefined && block.text !== '')
}

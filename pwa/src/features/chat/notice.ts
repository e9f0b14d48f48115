import { defineTexts } from '@/lib/i18n'
import { sentenceOf } from '@/store/sentences'
import type { Message, Problem, WaitReason } from '@/store/types'

/** A sentence under an answer: what happened, what was kept; `retry` offers to ask again. */
export interface Notice {
  tone: 'quiet' | 'warning' | 'danger'
  text: string
  retry: boolean
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
    budget: 'Attend que du budget se libère.',
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
    budget: 'Waiting for budget to become free.',
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
      return { tone: 'danger', text: reasonOf(message.problem) ?? t('failed') + kept, retry: true }
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
  const text = reasonOf(problem) ?? `${t('failed')} ${t('question_kept')}`
  return { tone: 'danger', text, retry: true }
}

export function unanswered(): Notice {
  return { tone: 'quiet', text: t('unanswered'), retry: true }
}

export function waitingText(reason: WaitReason | null): string {
  return t(reason ?? 'starting')
}

/** The server's sentence says what was kept by itself; null without one. */
function reasonOf(problem: Problem | null): string | null {
  return problem === null ? null : sentenceOf(problem)
}

function hasText({ content }: Message): boolean {
  return content.some((block) => block.type === 'text' && block.text !== undefined && block.text !== '')
}

import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { defineTexts } from '@/lib/i18n'
import { useThread } from '@/store/thread'

const t = defineTexts({
  fr: { started: 'Claude répond.', finished: 'La réponse est là.', failed: 'La réponse a échoué.' },
  en: { started: 'Claude is answering.', finished: 'The answer is there.', failed: 'The answer failed.' },
})

/** What a screen reader says of the answer: that it begins and that it ended, not each word. */
export function useAnnouncement(): Readonly<Ref<string>> {
  const thread = useThread()
  const text = ref('')
  watch(
    () => [thread.id, stateOfLast()] as const,
    ([id, state], [before, earlier]) => {
      if (id !== before) text.value = ''
      else if (state === 'live') text.value = t('started')
      else if (earlier === 'live') text.value = state === 'failed' ? t('failed') : t('finished')
    },
  )

  function stateOfLast(): 'live' | 'failed' | 'still' {
    const node = thread.path.at(-1)?.node
    if (node?.kind === 'live') return node.view.phase === 'ended' ? 'failed' : 'live'
    return node?.kind === 'message' && node.message.state === 'failed' ? 'failed' : 'still'
  }

  return text
}

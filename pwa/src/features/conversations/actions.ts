import { shallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { defineTexts } from '@/lib/i18n'
import { useConversations } from '@/store/conversations'
import { sentenceOf } from '@/store/sentences'
import type { Conversation } from '@/store/types'
import { toast } from '@/ui/toasts'
import { shortTitleOf } from './title'

const t = defineTexts({
  fr: { deleted: '« {title} » est supprimée.', undo: 'Annuler' },
  en: { deleted: '“{title}” is deleted.', undo: 'Undo' },
})

/** The conversation whose new name is being asked for. */
export const renaming = shallowRef<Conversation | null>(null)

/** Deletes at once and offers to undo; who was in that conversation comes back to it then. */
export function useDelete(): (conversation: Conversation) => Promise<void> {
  const conversations = useConversations()
  const router = useRouter()
  const route = useRoute()

  async function undo({ id }: Conversation, wasOpen: boolean): Promise<void> {
    const problem = await conversations.restore(id)
    if (problem) toast(sentenceOf(problem))
    else if (wasOpen) await router.push(`/c/${id}`)
  }

  return async (conversation) => {
    const wasOpen = route.params['id'] === conversation.id
    if (wasOpen) await router.push('/')
    const problem = await conversations.remove(conversation.id)
    if (problem) {
      toast(sentenceOf(problem))
      return
    }
    const run = (): void => void undo(conversation, wasOpen)
    toast(t('deleted', { title: shortTitleOf(conversation) }), { label: t('undo'), run })
  }
}

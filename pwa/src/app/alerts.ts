import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { defineTexts } from '@/lib/i18n'
import { useAlerts } from '@/store/alerts'
import { sentenceOf } from '@/store/sentences'
import { toast } from '@/ui/toasts'

const t = defineTexts({
  fr: { see: 'Voir', grant: 'Accorder', granted: 'C’est accordé.' },
  en: { see: 'See', grant: 'Grant', granted: 'Granted.' },
})

/** Says an alert at once to whoever has the app before them; a request is granted with one tap. */
export function followAlerts(): void {
  const alerts = useAlerts()
  const router = useRouter()
  watch(
    () => alerts.arrived,
    (alert) => {
      if (!alert) return
      const { kind, ask, title, text } = alert
      if (kind === 'ask' && ask !== null) toast(text, { label: t('grant'), run: () => void grant(ask) })
      else toast(title, { label: t('see'), run: () => void router.push('/money') })
    },
  )
}

async function grant(ask: string): Promise<void> {
  const { useAsks } = await import('@/store/asks')
  const problem = await useAsks().respond(ask, { granted: true })
  toast(problem ? sentenceOf(problem) : t('granted'))
}

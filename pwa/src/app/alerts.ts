import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { defineTexts } from '@/lib/i18n'
import { useAlerts } from '@/store/alerts'
import { useMoney } from '@/store/money'
import { sentenceOf } from '@/store/sentences'
import { dismiss, toast } from '@/ui/toasts'

const t = defineTexts({
  fr: { see: 'Voir', grant: 'Accorder', granted: 'C’est accordé.' },
  en: { see: 'See', grant: 'Grant', granted: 'Granted.' },
})

/** Says an alert at once to whoever has the app before them; a request is granted with one tap. */
export function followAlerts(): void {
  const alerts = useAlerts()
  const money = useMoney()
  const router = useRouter()
  let asked = 0
  watch(
    () => alerts.arrived,
    (alert) => {
      if (!alert) return
      const { kind, ask, title, text } = alert
      if (kind === 'ask' && ask !== null)
        asked = toast(text, { label: t('grant'), run: () => void grant(ask), stays: true })
      else if (router.currentRoute.value.path === '/money') toast(title)
      else toast(title, { label: t('see'), run: () => void router.push('/money') })
    },
  )
  // Answered on another device, or taken back.
  watch(
    () => money.status?.open_asks,
    (open) => {
      if (open === 0) dismiss(asked)
    },
  )
}

async function grant(ask: string): Promise<void> {
  const { useAsks } = await import('@/store/asks')
  const problem = await useAsks().respond(ask, { granted: true })
  toast(problem ? sentenceOf(problem) : t('granted'))
}

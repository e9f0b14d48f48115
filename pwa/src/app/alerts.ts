import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { defineTexts } from '@/lib/i18n'
import { useAlerts } from '@/store/alerts'
import { toast } from '@/ui/toasts'

const t = defineTexts({ fr: { see: 'Voir' }, en: { see: 'See' } })

/** Says an alert at once to whoever has the app before them. */
export function followAlerts(): void {
  const alerts = useAlerts()
  const router = useRouter()
  watch(
    () => alerts.arrived,
    (alert) => {
      if (alert) toast(alert.title, { label: t('see'), run: () => void router.push('/money') })
    },
  )
}

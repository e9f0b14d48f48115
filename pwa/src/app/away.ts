import { onWatcherCleanup, ref, watch } from 'vue'
import type { Ref } from 'vue'
import { useLine } from '@/store/line'

/** Milliseconds for which a lost line is nobody's business. */
const GRACE = 2000

/** Since when there is no line; null while there is one, or for a moment without. */
export function useLongAway(): Readonly<Ref<Date | null>> {
  const line = useLine()
  const since = ref<Date | null>(null)
  watch(
    () => line.awaySince,
    (moment) => {
      since.value = null
      if (moment === null) return
      const timer = setTimeout(() => {
        since.value = moment
      }, GRACE)
      onWatcherCleanup(() => {
        clearTimeout(timer)
      })
    },
    { immediate: true },
  )
  return since
}

import { onBeforeUnmount, ref } from 'vue'
import type { Ref } from 'vue'

/** Milliseconds between two looks at the clock: a day begins at most this late. */
const INTERVAL = 60_000

/** The time, good enough to tell today from yesterday. */
export function useNow(): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    const day = new Date().toDateString()
    if (day !== new Date(now.value).toDateString()) now.value = Date.now()
  }, INTERVAL)
  onBeforeUnmount(() => {
    clearInterval(timer)
  })
  return now
}

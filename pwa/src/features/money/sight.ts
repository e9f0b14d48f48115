import { onScopeDispose, watch } from 'vue'
import type { Ref } from 'vue'

/** Calls `work` whenever `element` comes into sight, and again when `again` changes while it is. */
export function whenInSight(
  element: Readonly<Ref<Element | null>>,
  again: () => unknown,
  work: () => void,
): void {
  let inSight = false
  const observer = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting ?? false
    if (inSight) work()
  })
  watch(
    element,
    (now) => {
      observer.disconnect()
      if (now) observer.observe(now)
    },
    { immediate: true, flush: 'post' },
  )
  watch(again, () => {
    if (inSight) work()
  })
  onScopeDispose(() => {
    observer.disconnect()
  })
}

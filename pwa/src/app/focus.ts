import { nextTick } from 'vue'
import type { Router } from 'vue-router'

/** After a change of page the focus goes to its content, unless the page put it somewhere. */
export function moveFocus(router: Router): void {
  router.afterEach(async (to, from, failure) => {
    if (failure || from.matched.length === 0 || to.path === from.path) return
    const before = document.activeElement
    await nextTick()
    const lost = document.activeElement === before || document.activeElement === document.body
    if (lost) document.getElementById('main')?.focus({ preventScroll: true })
  })
}

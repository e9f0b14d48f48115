import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Period } from './types'

/** Asking an administrator for more: wherever that is offered, one dialog of the app does it. */
export const useMore = defineStore('more', () => {
  /** The period to ask for; null while nobody is about to. */
  const wanted = ref<Period | null>(null)

  return { wanted }
})

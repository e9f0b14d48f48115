import { ref } from 'vue'
import { sentenceOf } from '@/store/sentences'
import type { Problem } from '@/store/types'

/** Something a button does: `busy` while it does, `trouble` in words where it could not. */
export function useDoing() {
  const busy = ref(false)
  const trouble = ref('')

  /** True when it was done; nothing is begun twice. */
  async function run(work: () => Promise<Problem | null>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    const problem = await work()
    busy.value = false
    trouble.value = problem ? sentenceOf(problem) : ''
    return problem === null
  }

  return { busy, trouble, run }
}

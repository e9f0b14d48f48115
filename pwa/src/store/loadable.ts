import { ref, shallowRef, watch } from 'vue'
import type { Answer } from '@/wire/answer'
import { RestMoney } from '@/wire/rest-money'
import type { Problem } from './types'
import { useLine } from './line'
import { outside } from './outside'
import { useSession } from './session'

export function restMoney(): RestMoney {
  return new RestMoney(outside().rest)
}

/**
 * Something that a page asks for when it is opened. What was there stays in sight while it is asked
 * for again, and when that fails. What failed is asked for again when there is a line once more;
 * another person starts with nothing.
 */
export function loadable<T>() {
  const value = shallowRef<T | null>(null)
  const problem = ref<Problem | null>(null)
  const loading = ref(false)
  let asks = 0
  let newest: (() => Promise<Answer<T>>) | null = null

  const line = useLine()
  watch(
    () => line.state,
    (state) => {
      if (state === 'open' && problem.value && newest) void load(newest)
    },
  )
  const session = useSession()
  watch(
    () => session.user?.id,
    () => {
      asks += 1
      newest = null
      value.value = null
      problem.value = null
      loading.value = false
    },
  )

  /** Only the newest of several asks counts. */
  async function load(ask: () => Promise<Answer<T>>): Promise<void> {
    asks += 1
    newest = ask
    const mine = asks
    loading.value = true
    const answer = await ask()
    if (mine !== asks) return
    loading.value = false
    if (answer.ok) put(answer.value)
    else problem.value = answer.problem
  }

  /** A change that the server answers with the whole: null when it worked. */
  async function change(ask: () => Promise<Answer<T>>): Promise<Problem | null> {
    const mine = session.user?.id
    const answer = await ask()
    if (answer.ok && session.user?.id === mine) put(answer.value)
    return answer.ok ? null : answer.problem
  }

  function put(next: T): void {
    value.value = next
    problem.value = null
  }

  return { value, problem, loading, load, change, put }
}

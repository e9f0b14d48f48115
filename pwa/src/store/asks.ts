import { defineStore } from 'pinia'
import type { Answer } from '@/wire/answer'
import type { More, MoreAnswer, MoreAsk, Problem } from './types'
import { loadable, restMoney } from './loadable'

/** Requests for more: one's own, or everybody's for an administrator. */
export const useAsks = defineStore('asks', () => {
  const asks = loadable<readonly More[]>()

  const load = (): Promise<void> =>
    asks.load(async () => {
      const answer = await restMoney().asks()
      return answer.ok ? { ok: true, value: answer.value.asks } : answer
    })

  const ask = (body: MoreAsk): Promise<Problem | null> => changed(restMoney().askForMore(body))
  const respond = (id: string, body: MoreAnswer): Promise<Problem | null> =>
    changed(restMoney().answerAsk(id, body))

  async function changed(asking: Promise<Answer<More>>): Promise<Problem | null> {
    const answer = await asking
    if (!answer.ok) return answer.problem
    const others = (asks.value.value ?? []).filter(({ id }) => id !== answer.value.id)
    asks.put([answer.value, ...others].sort(newestFirst))
    return null
  }

  return { asks, load, ask, respond }
})

function newestFirst(a: More, b: More): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at)
}

import { defineStore } from 'pinia'
import type { PriceAsk, PriceList, Problem, RateAsk } from './types'
import { loadable, restMoney } from './loadable'

/** Every price and the exchange rate, for administrators. */
export const usePriceList = defineStore('price-list', () => {
  const list = loadable<PriceList>()

  const load = (): Promise<void> => list.load(() => restMoney().prices())

  async function setPrice(model: string, body: PriceAsk): Promise<Problem | null> {
    const answer = await restMoney().setPrice(model, body)
    if (!answer.ok) return answer.problem
    await load()
    return null
  }

  const setRate = (body: RateAsk): Promise<Problem | null> =>
    list.change(() => restMoney().setRate(body))

  return { list, load, setPrice, setRate }
})

import { defineStore } from 'pinia'
import type { Limits, LimitsAsk, Member, Problem, UserLimits, UserLimitsAsk } from './types'
import { loadable, restMoney } from './loadable'

/** Limits to set: the instance's and each person's for an administrator, one's own for everybody. */
export const useLimits = defineStore('limits', () => {
  const instance = loadable<Limits>()
  const mine = loadable<UserLimits>()
  const members = loadable<readonly Member[]>()

  const loadInstance = (): Promise<void> => instance.load(() => restMoney().limits())
  const loadMine = (): Promise<void> => mine.load(() => restMoney().myLimits())
  const loadMembers = (): Promise<void> =>
    members.load(async () => {
      const answer = await restMoney().members()
      return answer.ok ? { ok: true, value: answer.value.users } : answer
    })

  const setInstance = (body: LimitsAsk): Promise<Problem | null> =>
    instance.change(() => restMoney().setLimits(body))
  const setMine = (body: LimitsAsk): Promise<Problem | null> =>
    mine.change(() => restMoney().setMyLimits(body))

  async function setMember(user: string, body: UserLimitsAsk): Promise<Problem | null> {
    const answer = await restMoney().setUserLimits(user, body)
    if (!answer.ok) return answer.problem
    const all = members.value.value ?? []
    members.put(all.map((one) => (one.id === user ? { ...one, limits: answer.value } : one)))
    return null
  }

  return { instance, mine, members, loadInstance, loadMine, loadMembers, setInstance, setMine, setMember }
})

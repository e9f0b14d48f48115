import { defineStore } from 'pinia'
import type { Days } from '@/lib/calendar'
import { csvAddress } from '@/wire/rest-money'
import type { Problem, UsageReport } from './types'
import { loadable, restMoney } from './loadable'
import { outside } from './outside'

/** What was spent in the days one looks at, and what the running month will come to. */
export const useUsage = defineStore('usage', () => {
  const report = loadable<UsageReport>()
  const month = loadable<UsageReport>()

  const load = (days: Days): Promise<void> => report.load(() => restMoney().usage(days))
  const loadMonth = (): Promise<void> => month.load(() => restMoney().thisMonth())

  /** Has the session renewed where it ran out: a browser that fetches a file does not. */
  async function prepareDownload(): Promise<Problem | null> {
    const answer = await outside().rest.me()
    return answer.ok ? null : answer.problem
  }

  return { report, month, load, loadMonth, csvAddress, prepareDownload }
})

import { defineStore } from 'pinia'
import type { Answer } from '@/wire/answer'
import type { AlertChoices, AlertSettings, AlertTest, Problem } from './types'
import { loadable, restMoney } from './loadable'

/** Which alerts this person gets, and whether each channel works. */
export const useAlertSettings = defineStore('alert-settings', () => {
  const settings = loadable<AlertSettings>()

  const load = (): Promise<void> => settings.load(() => restMoney().alertSettings())
  const choose = (body: AlertChoices): Promise<Problem | null> =>
    settings.change(() => restMoney().chooseAlerts(body))
  const test = (channel: 'app' | 'mail'): Promise<Answer<AlertTest>> =>
    restMoney().testAlert(channel)

  return { settings, load, choose, test }
})

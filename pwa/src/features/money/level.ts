import type { IconName } from '@/ui/icons'

/** How near a limit is: the alerts come at the same steps. */
export type Level = 'calm' | 'near' | 'close' | 'reached'

const NEAR = 0.7
const CLOSE = 0.9

export function levelOf(fraction: number): Level {
  if (fraction >= 1) return 'reached'
  if (fraction >= CLOSE) return 'close'
  return fraction >= NEAR ? 'near' : 'calm'
}

/** Beside its word, and its colour. */
export const LEVEL_ICONS: Record<Level, IconName> = {
  calm: 'check',
  near: 'info',
  close: 'alert',
  reached: 'stop',
}

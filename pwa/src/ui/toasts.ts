/** Short messages that pass by, each with at most one thing to do about it. */
import { shallowRef } from 'vue'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly action?: {
    readonly label: string
    readonly run: () => void
    /** Somebody waits for an answer: it stays until it is given. */
    readonly stays?: boolean
  }
}

/** How long a message stays: longer where there is something to undo. In milliseconds. */
const STAY = 4_000
const STAY_WITH_ACTION = 8_000

export const toasts = shallowRef<readonly Toast[]>([])

const timers = new Map<number, ReturnType<typeof setTimeout>>()
let lastId = 0

/** Show a message; the newest two stay in sight, and among them one that waits for an answer. */
export function toast(text: string, action?: NonNullable<Toast['action']>): number {
  lastId += 1
  const added: Toast = action ? { id: lastId, text, action } : { id: lastId, text }
  const waiting = toasts.value.filter(({ action: has }) => has?.stays)
  const kept = (waiting.length > 0 ? waiting : toasts.value).slice(-1)
  toasts.value.filter(shown => !kept.includes(shown)).forEach(({ id }) => stopTimer(id))
  toasts.value = [...kept, added]
  startTimer(added)
  return lastId
}

export function dismiss(id: number): void {
  stopTimer(id)
  toasts.value = toasts.value.filter(other => other.id !== id)
}

/** While somebody points at the messages or is inside them, they stay. */
export function holdToasts(held: boolean): void {
  for (const shown of toasts.value) {
    stopTimer(shown.id)
    if (!held) startTimer(shown)
  }
}

function startTimer({ id, action }: Toast): void {
  if (action?.stays) return
  timers.set(
    id,
    setTimeout(() => dismiss(id), action ? STAY_WITH_ACTION : STAY),
  )
}

function stopTimer(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

/** Short messages that pass by, each with at most one thing to do about it. */
import { shallowRef } from 'vue'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** How long a message stays: longer where there is something to undo. In milliseconds. */
const STAY = 4_000
const STAY_WITH_ACTION = 8_000

export const toasts = shallowRef<readonly Toast[]>([])

const timers = new Map<number, ReturnType<typeof setTimeout>>()
let lastId = 0

/** Show a message; the newest two stay in sight. */
export function toast(text: string, action?: NonNullable<Toast['action']>): void {
  lastId += 1
  const added: Toast = action ? { id: lastId, text, action } : { id: lastId, text }
  const [gone, kept] = [toasts.value.slice(0, -1), toasts.value.slice(-1)]
  gone.forEach(({ id }) => stopTimer(id))
  toasts.value = [...kept, added]
  startTimer(added)
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
  timers.set(
    id,
    setTimeout(() => dismiss(id), action ? STAY_WITH_ACTION : STAY),
  )
}

function stopTimer(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

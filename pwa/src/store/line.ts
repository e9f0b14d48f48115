import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { ChatSocket, LineState } from '@/wire/socket'
import type { ServerFrame } from '@/wire/types'
import { outside } from './outside'

/** The socket as the screen sees it: whether there is a line, and since when there is none. */
export const useLine = defineStore('line', () => {
  const state = ref<LineState>('idle')
  const awaySince = ref<Date | null>(null)
  let socket: ChatSocket | null = null

  /** Opens the line; every frame goes to `onFrame`. */
  function open(onFrame: (frame: ServerFrame) => void): void {
    socket ??= outside().openSocket({ onFrame, onState: become, verify })
    socket.start()
  }

  function close(): void {
    socket?.stop()
    socket = null
    awaySince.value = null
  }

  function become(next: LineState): void {
    state.value = next
    if (next === 'open') awaySince.value = null
    else if (next === 'away') awaySince.value ??= new Date()
  }

  return {
    state,
    awaySince,
    isOpen: computed(() => state.value === 'open'),
    open,
    close,
    command: (...args: Parameters<ChatSocket['command']>) => socket?.command(...args),
    withdraw: (id: string) => socket?.withdraw(id),
    watch: (turn: string, last: () => number) => socket?.watch(turn, last),
    unwatch: (turn: string) => socket?.unwatch(turn),
    resume: (turn: string) => socket?.resume(turn),
    stopTurn: (turn: string) => socket?.stopTurn(turn),
  }
})

async function verify(): Promise<'alive' | 'signed-out' | 'unknown'> {
  const me = await outside().rest.confirm()
  if (me.ok) return 'alive'
  return me.status === 401 ? 'signed-out' : 'unknown'
}

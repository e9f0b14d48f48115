import type { ClientFrame, ServerFrame, TurnEvent, Welcome } from './types'

/** An open or opening WebSocket. */
export interface Line {
  send(text: string): void
  close(): void
}

export interface LineHandlers {
  onMessage: (data: unknown) => void
  onClose: (code: number) => void
}

export interface SocketOutside {
  connect: (handlers: LineHandlers) => Line
  setTimer: (work: () => void, milliseconds: number) => number
  clearTimer: (timer: number) => void
  /** A number in [0, 1): the jitter of the back-off. */
  random: () => number
  /** Calls `wake` whenever the network or the reader came back. Returns how to stop that. */
  onWake: (wake: () => void) => () => void
}

/** `away` is between two attempts; `signed-out` waits for a new sign-in. */
export type LineState = 'idle' | 'connecting' | 'open' | 'away' | 'signed-out'

export interface SocketHandlers {
  onFrame: (frame: ServerFrame) => void
  onState: (state: LineState) => void
  /**
   * Asked when the server closed the line because of our session, or never welcomed us: does the
   * session live? `unknown` when nobody answers.
   */
  verify: () => Promise<'alive' | 'signed-out' | 'unknown'>
}

type Command = Extract<ClientFrame, { kind: 'send' | 'retry' }>

const PROTOCOL = 'claude-rasp.v1'
/** The server's close code for a session that is over. */
const SIGNED_OUT = 4401

/** Milliseconds. */
const FIRST_DELAY = 500
const LONGEST_DELAY = 30_000
const PATIENCE = 10_000
const DEFAULT_HEARTBEAT_SECONDS = 25

/**
 * The chat socket. It keeps one line open while somebody is signed in, keeps every command until
 * the server accepted or refused it, and after each reconnection sends those again (their ids
 * make that safe) and resumes every turn being watched from the last event it saw.
 */
export class ChatSocket {
  #line: Line | null = null
  #state: LineState = 'idle'
  #attempts = 0
  #heard = false
  #heartbeatMilliseconds = DEFAULT_HEARTBEAT_SECONDS * 1000
  #timer: number | null = null
  #stopWaking: (() => void) | null = null
  readonly #commands = new Map<string, Command>()
  /** Commands that an earlier line, or an earlier page, may have sent already. */
  readonly #repeated = new Set<string>()
  readonly #watched = new Map<string, () => number>()
  readonly #stopping = new Set<string>()
  readonly #outside: SocketOutside
  readonly #handlers: SocketHandlers

  constructor(outside: SocketOutside, handlers: SocketHandlers) {
    this.#outside = outside
    this.#handlers = handlers
  }

  get state(): LineState {
    return this.#state
  }

  /** Starts, or starts again after a sign-in. Does nothing while it already runs. */
  start(): void {
    if (this.#state !== 'idle' && this.#state !== 'signed-out') return
    this.#stopWaking ??= this.#outside.onWake(() => {
      this.#wake()
    })
    this.#attempts = 0
    this.#connect()
  }

  /** Ends for good and forgets everything: sign-out. */
  stop(): void {
    this.#stopWaking?.()
    this.#stopWaking = null
    this.#commands.clear()
    this.#repeated.clear()
    this.#watched.clear()
    this.#stopping.clear()
    this.#hangUp()
    this.#become('idle')
  }

  /** Sends a question or a retry, now or as soon as there is a line, until it is answered. */
  command(command: Command): void {
    this.#commands.set(command.id, command)
    this.#transmit(command)
  }

  /** Forgets a command that was not answered yet. */
  withdraw(id: string): void {
    this.#commands.delete(id)
  }

  /** Follows a turn through reconnections. `last` says which of its events was seen last. */
  watch(turn: string, last: () => number): void {
    this.#watched.set(turn, last)
  }

  /** Asks for the events of a watched turn after the last one seen. */
  resume(turn: string): void {
    const last = this.#watched.get(turn)
    if (last) this.#transmit({ kind: 'resume', turn, after: last() })
  }

  /** Asks for the end of a turn, again after each reconnection until the turn has ended. */
  stopTurn(turn: string): void {
    this.#stopping.add(turn)
    this.#transmit({ kind: 'stop', turn })
  }

  unwatch(turn: string): void {
    this.#watched.delete(turn)
    this.#stopping.delete(turn)
  }

  #connect(): void {
    this.#become('connecting')
    // What a line that was given up still says is no longer for us.
    const line = this.#outside.connect({
      onMessage: (data) => {
        if (line === this.#line) this.#receive(data)
      },
      onClose: (code) => {
        if (line === this.#line) void this.#closed(code)
      },
    })
    this.#line = line
    this.#setTimer(() => {
      this.#drop()
    }, PATIENCE)
  }

  #receive(data: unknown): void {
    const frame = readFrame(data)
    if (frame === null) return
    this.#heard = true
    if (frame.kind === 'welcome') this.#opened(frame)
    if (frame.kind === 'accepted' || frame.kind === 'refused') this.#commands.delete(frame.id ?? '')
    this.#handlers.onFrame(frame)
    // Its events may have gone to an earlier line.
    if (frame.kind === 'accepted' && this.#repeated.delete(frame.id)) this.resume(frame.turn)
  }

  #opened({ heartbeat_seconds }: Welcome): void {
    this.#attempts = 0
    this.#heartbeatMilliseconds = heartbeat_seconds * 1000
    this.#become('open')
    this.#setTimer(() => {
      this.#beat()
    }, this.#heartbeatMilliseconds)
    for (const turn of this.#watched.keys()) this.resume(turn)
    for (const turn of this.#stopping) this.#transmit({ kind: 'stop', turn })
    for (const command of this.#commands.values()) {
      this.#repeated.add(command.id)
      this.#transmit(command)
    }
  }

  /** Asks for a sign of life; a whole beat without any frame means the line is dead. */
  #beat(): void {
    if (this.#heard) this.#ping(this.#heartbeatMilliseconds)
    else this.#drop()
  }

  #ping(patienceMilliseconds: number): void {
    this.#heard = false
    this.#transmit({ kind: 'ping' })
    this.#setTimer(() => {
      this.#beat()
    }, patienceMilliseconds)
  }

  async #closed(code: number): Promise<void> {
    const welcomed = this.#state === 'open'
    this.#hangUp()
    if (welcomed && code !== SIGNED_OUT) {
      this.#retryLater()
      return
    }
    // A browser does not tell a refused upgrade from an absent server: ask over HTTP.
    this.#become('away')
    const session = await this.#handlers.verify()
    if (this.#state !== 'away') return
    if (session === 'signed-out') this.#become('signed-out')
    else this.#retryLater()
  }

  #retryLater(): void {
    this.#become('away')
    const delay = backoff(this.#attempts, this.#outside.random())
    this.#attempts += 1
    this.#setTimer(() => {
      this.#connect()
    }, delay)
  }

  #wake(): void {
    if (this.#state === 'away') {
      this.#attempts = 0
      this.#connect()
    }
    // A line can have died during a sleep without anybody having told us.
    if (this.#state === 'open') this.#ping(PATIENCE)
  }

  /** The line does not answer: give it up and connect anew. */
  #drop(): void {
    this.#hangUp()
    this.#retryLater()
  }

  #hangUp(): void {
    this.#clearTimer()
    this.#line?.close()
    this.#line = null
  }

  #transmit(frame: ClientFrame): void {
    if (this.#state === 'open') this.#line?.send(JSON.stringify(frame))
  }

  #become(state: LineState): void {
    if (state === this.#state) return
    this.#state = state
    this.#handlers.onState(state)
  }

  #setTimer(work: () => void, milliseconds: number): void {
    this.#clearTimer()
    this.#timer = this.#outside.setTimer(work, milliseconds)
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#outside.clearTimer(this.#timer)
    this.#timer = null
  }
}

/** Milliseconds before the next attempt: doubling, half of it by chance so that nobody storms. */
export function backoff(attempts: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempts)
  return ceiling / 2 + (ceiling / 2) * random
}

/** The frame in a socket message, or null when it is none of ours: the line goes on. */
function readFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null
  try {
    const frame = JSON.parse(data) as { kind?: unknown } | null
    return typeof frame?.kind === 'string' ? (frame as ServerFrame) : null
  } catch {
    return null
  }
}

export function isTurnEvent(frame: ServerFrame): frame is TurnEvent {
  return 'seq' in frame
}

export const browserSocket: SocketOutside = {
  connect: ({ onMessage, onClose }) => {
    const line = new WebSocket(socketAddress(location), PROTOCOL)
    line.onmessage = ({ data }) => {
      onMessage(data)
    }
    line.onclose = ({ code }) => {
      onClose(code)
    }
    return line
  },
  setTimer: (work, milliseconds) => window.setTimeout(work, milliseconds),
  clearTimer: (timer) => {
    window.clearTimeout(timer)
  },
  random: Math.random,
  onWake: (wake) => {
    const whenVisible = (): void => {
      if (document.visibilityState === 'visible') wake()
    }
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', whenVisible)
    return () => {
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', whenVisible)
    }
  },
}

export function socketAddress(page: { protocol: string; host: string }): string {
  const scheme = page.protocol === 'https:' ? 'wss:' : 'ws:'
  return `${scheme}//${page.host}/api/v1/chat`
}


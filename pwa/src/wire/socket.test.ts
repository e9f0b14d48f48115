import { describe, expect, it } from 'vitest'
import { ChatSocket, backoff, socketAddress } from './socket'
import type { Line, LineHandlers, LineState, SocketOutside } from './socket'
import type { ServerFrame } from './types'

class FakeLine implements Line {
  readonly sent: Record<string, unknown>[] = []
  closed = false
  readonly #handlers: LineHandlers

  constructor(handlers: LineHandlers) {
    this.#handlers = handlers
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(): void {
    this.closed = true
  }

  says(frame: Record<string, unknown>): void {
    this.brings(JSON.stringify(frame))
  }

  brings(data: unknown): void {
    this.#handlers.onMessage(data)
  }

  welcomes(): void {
    this.says({ kind: 'welcome', heartbeat_seconds: 20, protocol: 1 })
  }

  dies(code = 1006): void {
    this.#handlers.onClose(code)
  }

  kinds(): unknown[] {
    return this.sent.map(({ kind }) => kind)
  }
}

/** A world whose time moves only when told to. */
class World implements SocketOutside {
  readonly lines: FakeLine[] = []
  session: 'alive' | 'signed-out' | 'unknown' = 'alive'
  readonly frames: ServerFrame[] = []
  readonly states: LineState[] = []
  readonly socket = new ChatSocket(this, {
    onFrame: (frame) => this.frames.push(frame),
    onState: (state) => this.states.push(state),
    verify: () => Promise.resolve(this.session),
  })
  wake: () => void = () => undefined
  #timers = new Map<number, { at: number; work: () => void }>()
  #now = 0
  #next = 1

  connect = (handlers: LineHandlers): Line => {
    const line = new FakeLine(handlers)
    this.lines.push(line)
    return line
  }

  setTimer = (work: () => void, milliseconds: number): number => {
    this.#timers.set(this.#next, { at: this.#now + milliseconds, work })
    return this.#next++
  }

  clearTimer = (timer: number): void => {
    this.#timers.delete(timer)
  }

  random = (): number => 0

  onWake = (wake: () => void): (() => void) => {
    this.wake = wake
    return () => {
      this.wake = () => undefined
    }
  }

  get line(): FakeLine {
    const line = this.lines.at(-1)
    if (!line) throw new Error('no line was opened')
    return line
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0]
      if (!due) break
      this.#timers.delete(due[0])
      this.#now = due[1].at
      due[1].work()
    }
    this.#now = end
  }

  open(): this {
    this.socket.start()
    this.line.welcomes()
    return this
  }
}

const settled = () => new Promise((done) => setTimeout(done, 0))
const question = { kind: 'send' as const, id: 'q1', conversation: 'c', content: 'Why?' }

describe('ChatSocket', () => {
  it('sends a command at once when there is a line', () => {
    const world = new World().open()
    world.socket.command(question)
    expect(world.line.sent).toEqual([question])
  })

  it('keeps a command until there is a line, and across lines until it is accepted', () => {
    const world = new World()
    world.socket.start()
    world.socket.command(question)
    expect(world.line.sent).toEqual([])
    world.line.welcomes()
    expect(world.line.sent).toEqual([question])
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    expect(world.line.sent).toEqual([question])
    world.line.says({ kind: 'accepted', id: 'q1', turn: 't' })
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    expect(world.line.sent).toEqual([])
  })

  it('forgets a command that was refused or withdrawn', () => {
    const world = new World().open()
    world.socket.command(question)
    world.socket.command({ ...question, id: 'q2' })
    world.line.says({ kind: 'refused', id: 'q1', problem: { code: 'x', message: '', permanent: true } })
    world.socket.withdraw('q2')
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    expect(world.line.sent).toEqual([])
  })

  it('resumes every watched turn after the last event seen', () => {
    const world = new World().open()
    let last = 0
    world.socket.watch('t1', () => last)
    world.socket.watch('t2', () => 9)
    world.socket.unwatch('t2')
    last = 41
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    expect(world.line.sent).toEqual([{ kind: 'resume', turn: 't1', after: 41 }])
  })

  it('asks for the events of a command that an earlier line may have sent', () => {
    const world = new World().open()
    world.socket.command(question)
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    world.socket.watch('t', () => 0)
    world.line.says({ kind: 'accepted', id: 'q1', turn: 't' })
    expect(world.line.sent.at(-1)).toEqual({ kind: 'resume', turn: 't', after: 0 })
  })

  it('asks again to stop a turn when the line was lost before its end', () => {
    const world = new World().open()
    world.socket.watch('t', () => 3)
    world.socket.stopTurn('t')
    world.line.dies()
    world.pass(1000)
    world.line.welcomes()
    expect(world.line.kinds()).toEqual(['resume', 'stop'])
  })

  it('waits longer after each attempt that fails, and not after one that worked', async () => {
    const world = new World()
    world.session = 'unknown'
    world.socket.start()
    const waits: number[] = []
    for (let attempt = 0; attempt < 8; attempt += 1) {
      world.line.dies()
      await settled()
      let waited = 0
      const lines = world.lines.length
      while (world.lines.length === lines) {
        world.pass(250)
        waited += 250
      }
      waits.push(waited)
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000])
    world.line.welcomes()
    world.line.dies()
    world.pass(250)
    expect(world.lines).toHaveLength(10)
  })

  it('connects at once when the network or the reader comes back', () => {
    const world = new World().open()
    world.line.dies()
    world.wake()
    expect(world.lines).toHaveLength(2)
    expect(world.states).toEqual(['connecting', 'open', 'away', 'connecting'])
  })

  it('asks for a sign of life each heartbeat and leaves a line that gives none', () => {
    const world = new World().open()
    world.pass(20_000)
    expect(world.line.kinds()).toEqual(['ping'])
    world.line.says({ kind: 'pong' })
    world.pass(20_000)
    expect(world.line.kinds()).toEqual(['ping', 'ping'])
    const dead = world.line
    world.pass(20_000)
    expect(dead.closed).toBe(true)
    expect(world.socket.state).toBe('away')
  })

  it('doubts a line after a sleep, and leaves it within ten seconds of silence', () => {
    const world = new World().open()
    world.wake()
    expect(world.line.kinds()).toEqual(['ping'])
    world.pass(10_000)
    expect(world.socket.state).toBe('away')
  })

  it('does not listen to a line that was given up', () => {
    const world = new World().open()
    const old = world.line
    world.pass(40_250)
    expect(world.lines).toHaveLength(2)
    old.says({ kind: 'pong' })
    old.dies()
    expect(world.frames).toHaveLength(1)
    expect(world.socket.state).toBe('connecting')
  })

  it('gives up an attempt that nobody answers', () => {
    const world = new World()
    world.socket.start()
    world.pass(10_000)
    expect(world.lines[0]?.closed).toBe(true)
    expect(world.socket.state).toBe('away')
  })

  it('reconnects after 4401 when the session could be renewed', async () => {
    const world = new World().open()
    world.line.dies(4401)
    await settled()
    world.pass(250)
    expect(world.lines).toHaveLength(2)
  })

  it('goes to sign-in when the session is over, and starts again after it, with its commands', async () => {
    const world = new World().open()
    world.session = 'signed-out'
    world.line.dies(4401)
    await settled()
    world.socket.command(question)
    world.pass(60_000)
    expect(world.socket.state).toBe('signed-out')
    expect(world.lines).toHaveLength(1)
    world.socket.start()
    world.line.welcomes()
    expect(world.line.sent).toEqual([question])
  })

  it('asks whether we are still signed in when the upgrade itself is refused', async () => {
    const world = new World()
    world.session = 'signed-out'
    world.socket.start()
    world.line.dies(1006)
    await settled()
    expect(world.socket.state).toBe('signed-out')
  })

  it('forgets everything when it is stopped', () => {
    const world = new World().open()
    world.socket.command(question)
    world.socket.watch('t', () => 1)
    world.socket.stop()
    world.wake()
    world.pass(60_000)
    expect(world.lines).toHaveLength(1)
    world.open()
    expect(world.line.sent).toEqual([])
  })

  it('passes over what is no frame of ours', () => {
    const world = new World().open()
    for (const data of ['', '{', 'null', '[]', '{"kind":4}', new Uint8Array()]) {
      world.line.brings(data)
    }
    expect(world.frames.map(({ kind }) => kind)).toEqual(['welcome'])
    expect(world.socket.state).toBe('open')
  })
})

describe('backoff', () => {
  it('stays between half its ceiling and the ceiling of thirty seconds', () => {
    expect(backoff(0, 0)).toBe(250)
    expect(backoff(0, 0.99)).toBeLessThan(500)
    expect(backoff(50, 1)).toBe(30_000)
  })
})

describe('socketAddress', () => {
  it('follows the page: secure with secure', () => {
    expect(socketAddress({ protocol: 'https:', host: 'pi:8443' })).toBe('wss://pi:8443/api/v1/chat')
    expect(socketAddress({ protocol: 'http:', host: 'localhost' })).toBe('ws://localhost/api/v1/chat')
  })
})

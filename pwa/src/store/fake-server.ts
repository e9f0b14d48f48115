import { createPinia, setActivePinia } from 'pinia'
import { Rest } from '@/wire/rest'
import { ChatSocket } from '@/wire/socket'
import type { LineHandlers } from '@/wire/socket'
import type { Alert, Conversation, Message, MonitorStatus, ScopeStatus, Turn, User } from './types'
import { provideOutside } from './outside'
import type { Rows } from './outside'
import { memoryTable } from './storage'

/** A server for the tests of the stores: REST by its paths, one socket, frames kept as they came. */
export class FakeServer {
  up = true
  signedIn = true
  /** Whether the browser has the cookies of a session. */
  marked = true
  user: User = {
    id: 'alice', username: 'alice', role: 'admin', language: 'en', theme: 'system',
    email: null, created_at: '2026-01-01T00:00:00Z',
  }
  conversations = new Map<string, Conversation>()
  messages: Message[] = []
  turns: Turn[] = []
  status: MonitorStatus = monitorStatus()
  alerts: Alert[] = []
  /** Answers to paths under /monitor and /admin, by method and path without a query. */
  readonly money = new Map<string, unknown>()
  refuses: { status: number; code: string } | null = null
  readonly asked: string[] = []
  readonly frames: Record<string, unknown>[] = []
  readonly rows = new Map<string, Rows>()
  #line: LineHandlers | null = null
  #timers: (() => void)[] = []

  /** A page on this server: new stores, but the device's rows of before. */
  newPage(): void {
    this.#line = null
    this.#timers = []
    setActivePinia(createPinia())
    provideOutside({
      rest: new Rest({
        fetch: (path, init) => this.#fetch(`${init.method ?? ''} ${path.replace('/api/v1', '')}`, init),
        cookies: () => (this.marked ? 'claude-rasp-here=1' : ''),
        exclusively: (_name, work) => work(),
        timeoutMilliseconds: 1000,
      }),
      openSocket: (handlers) => new ChatSocket(this.#socketOutside(), handlers),
      rowsOf: (user) => this.#rowsOf(user),
    })
  }

  says(frame: Record<string, unknown>): void {
    this.#line?.onMessage(JSON.stringify(frame))
  }

  event(turn: string, seq: number, event: Record<string, unknown>): void {
    this.says({ turn, seq, ...event })
  }

  welcome(): void {
    this.says({ kind: 'welcome', heartbeat_seconds: 20, simulator: true })
  }

  goAway(): void {
    this.up = false
    this.#line?.onClose(1006)
  }

  /** Everybody may connect again, and the waiting ones do. */
  comeBack(): void {
    this.up = true
    for (const timer of this.#timers.splice(0)) timer()
    this.welcome()
  }

  revoke(): void {
    this.signedIn = false
    this.#line?.onClose(4401)
  }

  commands(kind: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame['kind'] === kind)
  }

  #socketOutside() {
    return {
      connect: (handlers: LineHandlers) => {
        this.#line = handlers
        const send = (text: string) => this.frames.push(JSON.parse(text) as Record<string, unknown>)
        return { send, close: () => undefined }
      },
      setTimer: (work: () => void) => this.#timers.push(work),
      clearTimer: (timer: number) => {
        this.#timers[timer - 1] = () => undefined
      },
      random: () => 0,
      onWake: () => () => undefined,
    }
  }

  #rowsOf(user: string): Rows {
    const rows = this.rows.get(user) ?? {
      threads: memoryTable(), outbox: memoryTable(), drafts: memoryTable(),
    }
    this.rows.set(user, rows)
    return rows
  }

  #fetch(request: string, init: RequestInit): Promise<Response> {
    if (!this.up) return Promise.reject(new TypeError('no server'))
    this.asked.push(request)
    const refusal = this.#refusal(request)
    if (refusal) return Promise.resolve(answer(refusal.status, { ...refusal, message: 'No.' }))
    return Promise.resolve(this.#answer(request, init))
  }

  #refusal(request: string): { status: number; code: string } | null {
    const open = request.endsWith('/instance') || request.endsWith('/auth/login')
    if (!this.signedIn && !open) return { status: 401, code: 'signed_out' }
    return request.startsWith('GET') ? null : this.refuses
  }

  #answer(request: string, init: RequestInit): Response {
    const [method, path = ''] = request.split(' ')
    const id = /^\/conversations\/([^/?]+)/.exec(path)?.[1]
    if (path === '/auth/me' || path === '/auth/login') {
      this.signedIn = true
      return answer(200, { user: this.user, csrf: 'c', token: 't' })
    }
    if (path === '/auth/logout') return answer(204, null)
    if (path === '/instance') return answer(200, { setup_needed: false, simulator: true })
    if (path.startsWith('/monitor') || path.startsWith('/admin')) return this.#money(request)
    if (path === '/conversations') return answer(201, this.#create(init))
    if (id !== undefined && method === 'GET') return this.#detail(id)
    if (id !== undefined) return answer(200, this.conversations.get(id))
    return answer(200, { conversations: [...this.conversations.values()], before: null })
  }

  #money(request: string): Response {
    const [asked = ''] = request.split('?')
    if (asked === 'GET /monitor/status') return answer(200, this.status)
    if (asked.endsWith('/seen')) return answer(204, null)
    if (asked === 'GET /monitor/alerts') {
      const unseen = this.alerts.filter(({ seen }) => !seen).length
      return answer(200, { alerts: this.alerts, unseen })
    }
    return answer(200, this.money.get(asked))
  }

  #create(init: RequestInit): Conversation {
    const { id } = JSON.parse(init.body as string) as { id: string }
    const row = conversation(id)
    this.conversations.set(id, row)
    return row
  }

  #detail(id: string): Response {
    const row = this.conversations.get(id)
    if (!row) return answer(404, { code: 'not_found', message: 'No such conversation.' })
    const messages = this.messages.filter((message) => message.conversation === id)
    return answer(200, { ...row, messages, before: null, turns: this.turns })
  }
}

function answer(status: number, body: unknown): Response {
  return new Response(body === null ? null : JSON.stringify(body), { status })
}

export function conversation(id: string, fields: Partial<Conversation> = {}): Conversation {
  const created_at = '2026-01-01T00:00:00Z'
  return {
    id, title: null, last_words: '', created_at, updated_at: created_at, running: false,
    cost_nano_eur: 0, ...fields,
  }
}

export function message(id: string, fields: Partial<Message> = {}): Message {
  return {
    id, conversation: 'c', parent: null, position: 1, role: 'user',
    content: [{ type: 'text', text: id }], model: null, state: 'complete', stop_reason: null,
    problem: null, usage: null, cost_nano_eur: null, simulated: true, turn: null,
    created_at: '2026-01-01T00:00:00Z', ...fields,
  }
}

/** One limit: 2 € a day of one's own, nothing spent. */
export function scopeStatus(fields: Partial<ScopeStatus> = {}): ScopeStatus {
  return {
    scope: 'user', period: 'day', limit_nano_eur: 2e9, spent_nano_eur: 0, held_nano_eur: 0,
    extra_nano_eur: 0, fraction: 0, resets_at: '2026-11-21T23:00:00Z', ...fields,
  }
}

export function monitorStatus(fields: Partial<MonitorStatus> = {}): MonitorStatus {
  return {
    scopes: [scopeStatus()], tripped: false, trip: null, reason: null, tripped_at: null,
    simulated: true, armed: true, notices: [], open_asks: 0, ...fields,
  }
}

export function alert(id: string, fields: Partial<Alert> = {}): Alert {
  return {
    id, kind: 'threshold', title: '70 %', text: id, facts: {}, ask: null, seen: false,
    created_at: '2026-11-21T12:00:00Z', ...fields,
  }
}

/** Lets everything that was begun come to its end. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((done) => setTimeout(done, 0))
}

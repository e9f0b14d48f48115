import { localProblem, readProblem } from './answer'
import type { Answer, Refusal } from './answer'
import type {
  Alerts,
  Conversation,
  ConversationDetail,
  ConversationPage,
  Instance,
  Language,
  Me,
  MonitorStatus,
  PriceTag,
  Session,
  Theme,
} from './types'

export interface RestOutside {
  fetch: (path: string, init: RequestInit) => Promise<Response>
  /** The cookies that this page may read, as the browser writes them. */
  cookies: () => string
  /** Runs `work` while no other tab of this origin runs work under the same name. */
  exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T>
  timeoutMilliseconds: number
}

/** A request as the parts of the wire write it that load later than this one. */
export interface PlainAsk {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Under `/api/v1`. */
  path: string
  body?: unknown
}

interface Ask extends PlainAsk {
  /** Asked without a session, or while it changes: nothing is renewed. */
  anonymous?: boolean
  /** Part of a change of session, which the others wait for. */
  inside?: boolean
}

export const ROOT = '/api/v1'
/** Held by the tab that changes the session all tabs share. */
const SESSION_LOCK = 'claude-rasp.session'
/** The end of the name of a cookie that comes and goes with those of the session. */
const MARK = 'claude-rasp-here='

export const browserOutside: RestOutside = {
  fetch: (path, init) => fetch(path, init),
  cookies: () => document.cookie,
  exclusively: async (name, work) =>
    'locks' in navigator ? await navigator.locks.request(name, work) : await work(),
  timeoutMilliseconds: 15_000,
}

/**
 * The REST side of the wire. Cookies carry the session and this object carries its CSRF token;
 * an expired session is renewed once, silently, and the request repeated.
 */
export class Rest {
  #csrf = ''
  #renewal: Promise<Answer<Session>> | null = null
  /** Ends when the cookies of a change of session have arrived. */
  #handover: Promise<unknown> = Promise.resolve()
  readonly #outside: RestOutside

  constructor(outside: RestOutside = browserOutside) {
    this.#outside = outside
  }

  /** Whether this browser has a session of ours, be it over or not: else nobody is signed in. */
  get hasSession(): boolean {
    return this.#outside.cookies().includes(MARK)
  }

  instance(): Promise<Answer<Instance>> {
    return this.#ask({ method: 'GET', path: '/instance', anonymous: true })
  }

  setUp(body: {
    token: string
    username: string
    password: string
    language: Language
  }): Promise<Answer<Session>> {
    return this.#open({ method: 'POST', path: '/setup', body, anonymous: true })
  }

  signIn(username: string, password: string): Promise<Answer<Session>> {
    const body = { username, password }
    return this.#open({ method: 'POST', path: '/auth/login', body, anonymous: true })
  }

  signOut(): Promise<Answer<null>> {
    return this.#ask({ method: 'POST', path: '/auth/logout' })
  }

  me(): Promise<Answer<Me>> {
    return this.#open({ method: 'GET', path: '/auth/me' })
  }

  /** Who we are, asked again before a no is believed: another tab may just change the session. */
  async confirm(): Promise<Answer<Me>> {
    const first = await this.me()
    if (first.ok || first.status !== 401) return first
    const again: Ask = { method: 'GET', path: '/auth/me', anonymous: true }
    return await this.#outside.exclusively(SESSION_LOCK, () => this.#open<Me>(again))
  }

  changeMe(change: {
    language?: Language
    theme?: Theme
    email?: string | null
  }): Promise<Answer<Me>> {
    return this.#open({ method: 'PATCH', path: '/auth/me', body: change })
  }

  /** Changes the session as well: what is asked meanwhile waits, for the old one is revoked. */
  async changePassword(current: string, next: string): Promise<Answer<Session>> {
    // A session that ran out is renewed first: inside the lock that would wait for itself.
    const me = await this.me()
    if (!me.ok) return me
    const body = { current_password: current, new_password: next }
    const ask: Ask = { method: 'PUT', path: '/auth/password', body, anonymous: true, inside: true }
    const change = this.#outside.exclusively(SESSION_LOCK, () => this.#open<Session>(ask))
    this.#handover = change
    return await change
  }

  conversations(before: string | null): Promise<Answer<ConversationPage>> {
    const cursor = before === null ? '' : `&before=${encodeURIComponent(before)}`
    return this.#ask({ method: 'GET', path: `/conversations?limit=50${cursor}` })
  }

  createConversation(id: string): Promise<Answer<Conversation>> {
    return this.#ask({ method: 'POST', path: '/conversations', body: { id } })
  }

  conversation(id: string, before: number | null): Promise<Answer<ConversationDetail>> {
    const page = before === null ? '' : `&before=${String(before)}`
    return this.#ask({ method: 'GET', path: `/conversations/${id}?limit=100${page}` })
  }

  renameConversation(id: string, title: string): Promise<Answer<Conversation>> {
    return this.#ask({ method: 'PATCH', path: `/conversations/${id}`, body: { title } })
  }

  deleteConversation(id: string): Promise<Answer<null>> {
    return this.#ask({ method: 'DELETE', path: `/conversations/${id}` })
  }

  restoreConversation(id: string): Promise<Answer<Conversation>> {
    return this.#ask({ method: 'POST', path: `/conversations/${id}/restore` })
  }

  monitorStatus(): Promise<Answer<MonitorStatus>> {
    return this.#ask({ method: 'GET', path: '/monitor/status' })
  }

  /** What a question in `conversation` (null: a new one) to `model` (null: the default) will cost. */
  priceTag(conversation: string | null, model: string | null): Promise<Answer<PriceTag>> {
    const query = new URLSearchParams()
    if (conversation !== null) query.set('conversation', conversation)
    if (model !== null) query.set('model', model)
    return this.#ask({ method: 'GET', path: `/monitor/price?${query.toString()}` })
  }

  alerts(): Promise<Answer<Alerts>> {
    return this.#ask({ method: 'GET', path: '/monitor/alerts?limit=50' })
  }

  seeAlert(id: string): Promise<Answer<null>> {
    return this.#ask({ method: 'POST', path: `/monitor/alerts/${id}/seen` })
  }

  /** Any other request in this session, for the parts of the wire that load later. */
  ask<T>(ask: PlainAsk): Promise<Answer<T>> {
    return this.#ask({ method: ask.method, path: ask.path, body: ask.body })
  }

  /** Renews the session. Callers that ask at the same time share one renewal; tabs take turns. */
  renew(): Promise<Answer<Session>> {
    this.#renewal ??= this.#outside
      .exclusively(SESSION_LOCK, () =>
        this.#open<Session>({ method: 'POST', path: '/auth/refresh', anonymous: true }),
      )
      .finally(() => {
        this.#renewal = null
      })
    return this.#renewal
  }

  async #open<T extends { csrf: string }>(ask: Ask): Promise<Answer<T>> {
    const answer = await this.#ask<T>(ask)
    if (answer.ok) this.#csrf = answer.value.csrf
    return answer
  }

  async #ask<T>(ask: Ask): Promise<Answer<T>> {
    if (ask.inside !== true) await this.#handover
    const first = await this.#once<T>(ask)
    if (ask.anonymous === true || !expired(first)) return first
    const renewed = await this.renew()
    return renewed.ok ? await this.#once<T>(ask) : renewed
  }

  async #once<T>(ask: Ask): Promise<Answer<T>> {
    try {
      const response = await this.#outside.fetch(ROOT + ask.path, this.#request(ask))
      return await read<T>(response)
    } catch (error) {
      // fetch has two ways to fail: our own time-out, and everything a network can do.
      const late = error instanceof DOMException && error.name === 'TimeoutError'
      return localProblem(late ? 'timeout' : 'offline')
    }
  }

  #request({ method, body }: Ask): RequestInit {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (method !== 'GET' && this.#csrf !== '') headers['X-CSRF-Token'] = this.#csrf
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    return {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(this.#outside.timeoutMilliseconds),
    }
  }
}

/** Only an access token that ran out is worth a renewal; without a session there is nothing to renew. */
function expired<T>(answer: Answer<T>): answer is Refusal {
  return !answer.ok && answer.problem.code === 'token_expired'
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text()
  const body = parse(text)
  if (!response.ok) return readProblem(response.status, body)
  if (body === undefined) return localProblem('unreadable', response.status)
  return { ok: true, value: body as T }
}

/** The JSON in `text`, null for an empty body (204), undefined when it is not JSON. */
function parse(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

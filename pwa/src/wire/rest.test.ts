import { describe, expect, it } from 'vitest'
import { Rest } from './rest'
import type { RestOutside } from './rest'

interface Call {
  path: string
  init: RequestInit
}

const ALICE = { id: 'a', username: 'alice' }

function json(status: number, body: unknown): Response {
  return new Response(body === null ? null : JSON.stringify(body), { status })
}

const problem = (code: string) => ({ code, message: `it is ${code}`, permanent: true })

/** A server that answers each path with its list of answers, the last one for ever. */
function server(answers: Record<string, (Response | Error)[]>) {
  const calls: Call[] = []
  const locks: string[] = []
  let held: Promise<unknown> = Promise.resolve()
  const outside: RestOutside = {
    timeoutMilliseconds: 1000,
    cookies: () => '',
    exclusively: (name, work) => {
      locks.push(name)
      const turn = held.then(work)
      held = turn.catch(() => undefined)
      return turn
    },
    fetch: (path, init) => {
      calls.push({ path, init })
      const list = answers[`${init.method ?? ''} ${path}`] ?? []
      const answer = list.length > 1 ? list.shift() : list[0]
      if (answer instanceof Error) return Promise.reject(answer)
      return answer ? Promise.resolve(answer.clone()) : Promise.reject(new TypeError(path))
    },
  }
  return { calls, locks, rest: new Rest(outside) }
}

const header = (call: Call | undefined, name: string) => new Headers(call?.init.headers).get(name)

describe('Rest', () => {
  it('sends the CSRF token of the sign-in with every write, and with no read', async () => {
    const { rest, calls } = server({
      'POST /api/v1/auth/login': [json(200, { user: ALICE, csrf: 'c1', token: 't' })],
      'DELETE /api/v1/conversations/x': [json(204, null)],
      'GET /api/v1/conversations?limit=50': [json(200, { conversations: [], before: null })],
    })
    await rest.signIn('alice', 'secret')
    expect(await rest.deleteConversation('x')).toEqual({ ok: true, value: null })
    await rest.conversations(null)
    expect(calls.map((call) => header(call, 'X-CSRF-Token'))).toEqual([null, 'c1', null])
  })

  it('renews an expired session once and repeats the request with the new token', async () => {
    const { rest, calls } = server({
      'PATCH /api/v1/conversations/x': [json(401, problem('token_expired')), json(200, { id: 'x' })],
      'POST /api/v1/auth/refresh': [json(200, { user: ALICE, csrf: 'c2', token: 't' })],
    })
    expect(await rest.renameConversation('x', 'new')).toEqual({ ok: true, value: { id: 'x' } })
    expect(calls.map(({ path }) => path.slice(8))).toEqual([
      'conversations/x',
      'auth/refresh',
      'conversations/x',
    ])
    expect(header(calls[2], 'X-CSRF-Token')).toBe('c2')
  })

  it('renews once for requests that fail together, under the lock shared by all tabs', async () => {
    const { rest, calls, locks } = server({
      'GET /api/v1/auth/me': [json(401, problem('token_expired')), json(200, { user: ALICE, csrf: 'c' })],
      'GET /api/v1/conversations/x?limit=100': [
        json(401, problem('token_expired')),
        json(200, { id: 'x' }),
      ],
      'POST /api/v1/auth/refresh': [json(200, { user: ALICE, csrf: 'c', token: 't' })],
    })
    const both = await Promise.all([rest.me(), rest.conversation('x', null)])
    expect(both.map(({ ok }) => ok)).toEqual([true, true])
    expect(calls.filter(({ path }) => path.endsWith('/refresh'))).toHaveLength(1)
    expect(locks).toEqual(['claude-rasp.session'])
  })

  it('gives back the refusal when the session cannot be renewed, without trying again', async () => {
    const { rest, calls } = server({
      'GET /api/v1/auth/me': [json(401, problem('token_expired'))],
      'POST /api/v1/auth/refresh': [json(401, problem('signed_out'))],
    })
    expect(await rest.me()).toMatchObject({ ok: false, status: 401, problem: { code: 'signed_out' } })
    expect(calls).toHaveLength(2)
  })

  it('takes a wrong password as an answer, not as an expired session', async () => {
    const { rest, calls } = server({
      'POST /api/v1/auth/login': [json(401, problem('bad_credentials'))],
    })
    const answer = await rest.signIn('alice', 'wrong')
    expect(answer).toMatchObject({ ok: false, problem: { code: 'bad_credentials' } })
    expect(calls).toHaveLength(1)
  })

  it('asks nothing more while the password changes, for that revokes the session it would ask with', async () => {
    const { rest, calls } = server({
      'PUT /api/v1/auth/password': [json(200, { user: ALICE, csrf: 'c2', token: 't' })],
      'GET /api/v1/auth/me': [json(200, { user: ALICE, csrf: 'c1' })],
      'GET /api/v1/conversations?limit=50': [json(200, { conversations: [], before: null })],
    })
    const change = rest.changePassword('old', 'new')
    while (calls.length < 2) await Promise.resolve()
    const list = rest.conversations(null)
    await Promise.resolve()
    expect(calls.map(({ path }) => path.slice(8))).toEqual(['auth/me', 'auth/password'])
    expect((await change).ok && (await list).ok).toBe(true)
    expect(calls).toHaveLength(3)
  })

  it('changes the password in a session that has just run out', async () => {
    const { rest, calls } = server({
      'GET /api/v1/auth/me': [json(401, problem('token_expired')), json(200, { user: ALICE, csrf: 'c2' })],
      'POST /api/v1/auth/refresh': [json(200, { user: ALICE, csrf: 'c2', token: 't' })],
      'PUT /api/v1/auth/password': [json(200, { user: ALICE, csrf: 'c3', token: 't' })],
    })
    expect((await rest.changePassword('old', 'new')).ok).toBe(true)
    expect(header(calls.at(-1), 'X-CSRF-Token')).toBe('c2')
  })

  it('believes a no only when no other tab is changing the session', async () => {
    const { rest, calls, locks } = server({
      'GET /api/v1/auth/me': [json(401, problem('signed_out')), json(200, { user: ALICE, csrf: 'c2' })],
    })
    expect((await rest.confirm()).ok).toBe(true)
    expect(calls).toHaveLength(2)
    expect(locks).toEqual(['claude-rasp.session'])
  })

  it('turns a dead network, a late answer and a foreign page into problems', async () => {
    const { rest } = server({
      'GET /api/v1/instance': [
        new TypeError('refused'),
        new DOMException('late', 'TimeoutError'),
        new Response('<html>proxy</html>', { status: 502 }),
        new Response('<html>portal</html>', { status: 200 }),
      ],
    })
    const codes = []
    for (let time = 0; time < 4; time += 1) {
      const answer = await rest.instance()
      codes.push(answer.ok ? 'ok' : answer.problem.code)
    }
    expect(codes).toEqual(['offline', 'timeout', 'unreadable', 'unreadable'])
  })

  it('keeps the seconds after which a retry makes sense', async () => {
    const { rest } = server({
      'POST /api/v1/auth/login': [
        json(429, { ...problem('too_many_attempts'), retry_after_seconds: 30, status: 429 }),
      ],
    })
    const answer = await rest.signIn('alice', 'x')
    expect(answer).toMatchObject({ status: 429, problem: { retry_after_seconds: 30 } })
  })
})

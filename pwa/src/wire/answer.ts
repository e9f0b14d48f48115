import type { Problem } from './types'

/** What every request gives back: the value, or why there is none. A request never throws. */
export type Answer<T> = { ok: true; value: T } | Refusal

/** `status` is the HTTP status, 0 when no answer came. */
export interface Refusal {
  ok: false
  status: number
  problem: Problem
}

/** Problems the client finds by itself; they carry no sentence, the screen has one for each code. */
export type LocalCode = 'offline' | 'timeout' | 'unreadable'

export function localProblem(code: LocalCode, status = 0): Refusal {
  const unknown = { retry_after_seconds: null, detail: null }
  return { ok: false, status, problem: { code, message: '', permanent: false, ...unknown } }
}

/** The problem in a body of `application/problem+json`, or `unreadable` if it is something else. */
export function readProblem(status: number, body: unknown): Refusal {
  if (!isProblem(body)) return localProblem('unreadable', status)
  const { code, message, permanent, retry_after_seconds: seconds, detail } = body
  const problem = {
    code,
    message,
    permanent: permanent === true,
    retry_after_seconds: typeof seconds === 'number' ? seconds : null,
    detail: isRecord(detail) ? detail : null,
  }
  return { ok: false, status, problem }
}

function isProblem(body: unknown): body is { code: string; message: string } & Record<string, unknown> {
  return isRecord(body) && typeof body['code'] === 'string' && typeof body['message'] === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

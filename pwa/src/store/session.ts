import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Answer } from '@/wire/answer'
import type { Instance, Language, Me, Problem, Theme, User } from './types'
import { outside } from './outside'
import type { Rows } from './outside'

/**
 * Who is signed in. `unreachable` means that nobody could be asked; `expired` is a session that
 * ended by itself: what the person has on this device stays, for them.
 */
export type SessionPhase =
  | 'starting'
  | 'unreachable'
  | 'set-up'
  | 'signed-out'
  | 'expired'
  | 'signed-in'

export const useSession = defineStore('session', () => {
  const phase = ref<SessionPhase>('starting')
  const user = shallowRef<User | null>(null)
  const instance = shallowRef<Instance | null>(null)
  const rows = shallowRef<Rows | null>(null)
  const simulator = ref(false)
  let isLeaving = false
  const isSignedIn = computed(() => phase.value === 'signed-in')

  /** Finds out who is here. Asked at the start, and again when the server could not be reached. */
  async function start(): Promise<void> {
    if (!outside().rest.hasSession) return await startSignedOut()
    const me = await outside().rest.me()
    if (me.ok) enter(me.value)
    else if (me.status === 401) await startSignedOut()
    else phase.value = 'unreachable'
  }

  async function startSignedOut(): Promise<void> {
    const answer = await loadInstance()
    if (!answer.ok) phase.value = 'unreachable'
    else phase.value = answer.value.setup_needed ? 'set-up' : 'signed-out'
  }

  /** Name, version and nature of this server; asked once. */
  async function loadInstance(): Promise<Answer<Instance>> {
    if (instance.value && !instance.value.setup_needed) return { ok: true, value: instance.value }
    const answer = await outside().rest.instance()
    if (answer.ok) {
      instance.value = answer.value
      simulator.value = answer.value.simulator
    }
    return answer
  }

  function enter({ user: person }: Pick<Me, 'user'>): void {
    if (rows.value === null || user.value?.id !== person.id) {
      rows.value = outside().rowsOf(person.id)
    }
    user.value = person
    phase.value = 'signed-in'
  }

  async function setUp(body: {
    token: string
    username: string
    password: string
    language: Language
  }): Promise<Problem | null> {
    return entered(await outside().rest.setUp(body))
  }

  async function signIn(username: string, password: string): Promise<Problem | null> {
    return entered(await outside().rest.signIn(username, password))
  }

  async function changePassword(current: string, next: string): Promise<Problem | null> {
    return entered(await outside().rest.changePassword(current, next))
  }

  async function changeMe(change: {
    language?: Language
    theme?: Theme
    email?: string
  }): Promise<Problem | null> {
    return entered(await outside().rest.changeMe(change))
  }

  function entered(answer: Answer<Me>): Problem | null {
    if (answer.ok) enter(answer.value)
    return answer.ok ? null : answer.problem
  }

  /** Signs out on the server, then wipes what this person has on the device. */
  async function signOut(): Promise<Problem | null> {
    isLeaving = true
    const answer = await outside().rest.signOut()
    isLeaving = false
    if (!answer.ok && answer.status !== 401) return answer.problem
    // Before the person is forgotten: a room without them would be entered again.
    phase.value = 'signed-out'
    await wipe()
    return null
  }

  async function wipe(): Promise<void> {
    const mine = rows.value
    rows.value = null
    user.value = null
    await Promise.all([mine?.threads.clear(), mine?.outbox.clear(), mine?.drafts.clear()])
  }

  /** The server no longer knows this session; the socket may hear of our own leaving first. */
  function expire(): void {
    if (phase.value === 'signed-in' && !isLeaving) phase.value = 'expired'
  }

  return {
    phase,
    user,
    instance,
    rows,
    simulator,
    isSignedIn,
    start,
    loadInstance,
    setUp,
    signIn,
    changePassword,
    changeMe,
    signOut,
    expire,
  }
})

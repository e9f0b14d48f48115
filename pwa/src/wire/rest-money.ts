import type { Days } from '@/lib/calendar'
import type { Answer } from './answer'
import { ROOT } from './rest'
import type { PlainAsk } from './rest'
import type {
  AlertChoices,
  AlertSettings,
  AlertTest,
  Audit,
  KillSwitchAsk,
  Limits,
  LimitsAsk,
  Members,
  ModelPrice,
  MonitorStatus,
  More,
  MoreAnswer,
  MoreAsk,
  MoreList,
  PriceAsk,
  PriceList,
  RateAsk,
  Reconciliation,
  UsageReport,
  UserLimits,
  UserLimitsAsk,
} from './types'

/** Whoever can ask: `Rest` itself. */
interface Asker {
  ask: <T>(ask: PlainAsk) => Promise<Answer<T>>
}

/** Where a browser fetches a report as a file. */
export function csvAddress(days: Days): string {
  return `${ROOT}${daily(days)}&format=csv`
}

function daily({ first, last }: Days): string {
  return `/monitor/usage/daily?first=${first}&last=${last}`
}

/** The money side of the wire. It loads with the pages that need it; what all need is in `Rest`. */
export class RestMoney {
  readonly #rest: Asker

  constructor(rest: Asker) {
    this.#rest = rest
  }

  /** The instance's limits for an administrator, one's own for others. */
  limits(): Promise<Answer<Limits>> {
    return this.#get('/monitor/limits')
  }

  setLimits(body: LimitsAsk): Promise<Answer<Limits>> {
    return this.#put('/monitor/limits', body)
  }

  myLimits(): Promise<Answer<UserLimits>> {
    return this.#get('/monitor/limits/me')
  }

  setMyLimits(body: LimitsAsk): Promise<Answer<UserLimits>> {
    return this.#put('/monitor/limits/me', body)
  }

  members(): Promise<Answer<Members>> {
    return this.#get('/monitor/users')
  }

  setUserLimits(user: string, body: UserLimitsAsk): Promise<Answer<UserLimits>> {
    return this.#put(`/admin/users/${user}/limits`, body)
  }

  usage(days: Days): Promise<Answer<UsageReport>> {
    return this.#get(daily(days))
  }

  /** The running month, with its forecast. */
  thisMonth(): Promise<Answer<UsageReport>> {
    return this.#get('/monitor/usage/monthly')
  }

  prices(): Promise<Answer<PriceList>> {
    return this.#get('/monitor/prices')
  }

  setPrice(model: string, body: PriceAsk): Promise<Answer<ModelPrice>> {
    return this.#put(`/monitor/prices/${encodeURIComponent(model)}`, body)
  }

  setRate(body: RateAsk): Promise<Answer<PriceList>> {
    return this.#put('/monitor/rate', body)
  }

  /** Pulls the red button, or lifts the stop. */
  switch(body: KillSwitchAsk): Promise<Answer<MonitorStatus>> {
    return this.#post('/monitor/kill-switch', body)
  }

  audit(): Promise<Answer<Audit>> {
    return this.#get('/monitor/audit?limit=50')
  }

  reconciliation(): Promise<Answer<Reconciliation>> {
    return this.#get('/monitor/reconciliation')
  }

  /** Reads the provider's report now. */
  reconcile(): Promise<Answer<Reconciliation>> {
    return this.#post('/monitor/reconciliation')
  }

  alertSettings(): Promise<Answer<AlertSettings>> {
    return this.#get('/monitor/alerts/settings')
  }

  chooseAlerts(body: AlertChoices): Promise<Answer<AlertSettings>> {
    return this.#put('/monitor/alerts/settings', body)
  }

  testAlert(channel: 'app' | 'mail'): Promise<Answer<AlertTest>> {
    return this.#post('/monitor/alerts/test', { channel })
  }

  asks(): Promise<Answer<MoreList>> {
    return this.#get('/monitor/asks?limit=50')
  }

  /** The same id again gives the same request. */
  askForMore(body: MoreAsk): Promise<Answer<More>> {
    return this.#post('/monitor/asks', body)
  }

  answerAsk(ask: string, body: MoreAnswer): Promise<Answer<More>> {
    return this.#post(`/monitor/asks/${ask}/answer`, body)
  }

  #get<T>(path: string): Promise<Answer<T>> {
    return this.#rest.ask({ method: 'GET', path })
  }

  #put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.#rest.ask({ method: 'PUT', path, body })
  }

  #post<T>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.#rest.ask({ method: 'POST', path, body })
  }
}

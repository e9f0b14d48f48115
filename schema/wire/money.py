"""Money in flight: limits, where they stand, what was spent, prices, alerts, asks for more.

Amounts are integer nano-euros (1 € = 1,000,000,000). `simulated` true speaks of the simulator's
money, which is never added to real money.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from .base import Answer, Ask, Timestamp

Scope = Literal["instance", "user"]
Period = Literal["day", "week", "month", "total"]
TripKind = Literal["hand", "ledger", "limit"]

NANO_EUR_MAX = 10**15
"""A million euros: a larger limit is a slip of the pen."""

NanoEur = Annotated[int, Field(ge=0, le=NANO_EUR_MAX)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]


# ── limits and where they stand ─────────────────────────────────────────────────────────────────


class ScopeStatus(Answer):
    """One limit and how much of it is gone. `fraction` is spent / limit (0 without a limit).

    `extra_nano_eur` was granted on top for this period, and is part of `limit_nano_eur`.
    `resets_at` is null for a total.
    """

    scope: Scope
    period: Period
    limit_nano_eur: int | None
    spent_nano_eur: int
    held_nano_eur: int
    extra_nano_eur: int
    fraction: float
    resets_at: Timestamp | None


class MoneyNotice(Answer):
    """Something about the money that the screen must say.

    `code` is one of: "armed_off" (limits only warn), "clock_behind" (the clock is behind the
    ledger), "rate_missing" (no exchange rate was set: a cautious one counts), "rate_old",
    "ledger_ahead_of_balances", "model_unpriced", "meter_unwritable".
    """

    code: str
    facts: dict[str, Any]


class MonitorStatus(Answer):
    """Where the limits of this person (and of the instance) stand.

    `tripped`: calls are refused now. `trip` says by what: the red button, a ledger that cannot be
    trusted, or a limit of the instance or of this person that is used up. `reason` is what the
    administrator wrote, or says what is wrong, in the reader's language.
    """

    scopes: list[ScopeStatus]
    tripped: bool
    trip: TripKind | None
    reason: str | None
    tripped_at: Timestamp | None
    simulated: bool
    armed: bool
    notices: list[MoneyNotice]
    open_asks: int


class Gauge(Answer):
    """The tightest limit after an answer; told with `turn.finished`.

    The instance's limits are told to administrators only.
    """

    scope: Scope
    period: Period
    limit_nano_eur: int
    spent_nano_eur: int
    fraction: float
    resets_at: Timestamp | None


class LimitsAsk(Ask):
    """The limits of the instance (an administrator) or one's own lower ones; null is none.

    `kill_switch` true: calls stop at the limit. False: limits only warn (administrators only).
    """

    daily_nano_eur: NanoEur | None
    monthly_nano_eur: NanoEur | None
    kill_switch: bool = True


class Limits(Answer):
    """Limits as they are."""

    daily_nano_eur: int | None
    monthly_nano_eur: int | None
    kill_switch: bool


class UserLimitsAsk(Ask):
    """What an administrator allows a person; null is no limit of their own."""

    daily_nano_eur: NanoEur | None = None
    weekly_nano_eur: NanoEur | None = None
    monthly_nano_eur: NanoEur | None = None
    total_nano_eur: NanoEur | None = None


class UserLimits(Answer):
    """A person's limits: the administrator's, and the lower ones they gave themselves."""

    user: UUID
    daily_nano_eur: int | None
    weekly_nano_eur: int | None
    monthly_nano_eur: int | None
    total_nano_eur: int | None
    own_daily_nano_eur: int | None
    own_monthly_nano_eur: int | None


class Member(Answer):
    """A person as an administrator sees their money: this month's spending, and their limits."""

    id: UUID
    username: str
    role: str
    spent_day_nano_eur: int
    spent_week_nano_eur: int
    spent_month_nano_eur: int
    limits: UserLimits


class Members(Answer):
    """Everybody."""

    users: list[Member]


class KillSwitchAsk(Ask):
    """Pull the red button, or lift it; lifting says why."""

    pulled: bool
    reason: Reason


class AlertChoices(Ask):
    """Which alerts a person wants; what is absent stays. 100 % is always told."""

    alert_70: bool | None = None
    alert_90: bool | None = None
    alert_mail: bool | None = None


class AlertSettings(Answer):
    """Which alerts a person gets, and whether this instance can send e-mail at all."""

    alert_70: bool
    alert_90: bool
    alert_mail: bool
    mail_ready: bool
    email: str | None


# ── alerts, asks, audit ─────────────────────────────────────────────────────────────────────────


class Alert(Answer):
    """Something a person should know.

    `kind` is "threshold", "tripped", "lifted", "ask", "answer" or "test"; `title` and `text` are in
    the reader's language. `ask` names the request to answer.
    """

    id: UUID
    kind: str
    title: str
    text: str
    facts: dict[str, Any]
    ask: UUID | None
    seen: bool
    created_at: Timestamp


class Alerts(Answer):
    """The newest alerts of a person, newest first."""

    alerts: list[Alert]
    unseen: int


class AlertTestAsk(Ask):
    """Try a channel out."""

    channel: Literal["app", "mail"]


class AlertTest(Answer):
    """What became of it: `ok`, or what the mail server said."""

    ok: bool
    detail: str


class MoreAsk(Ask):
    """Ask an administrator for more in a period."""

    id: UUID | None = None
    period: Period
    amount_nano_eur: Annotated[int, Field(ge=1_000_000, le=NANO_EUR_MAX)]
    note: Annotated[str, Field(max_length=200)] = ""


class More(Answer):
    """A request for more, and what became of it."""

    id: UUID
    user: UUID
    username: str
    period: Period
    amount_nano_eur: int
    note: str
    state: Literal["open", "granted", "declined"]
    granted_nano_eur: int | None
    created_at: Timestamp
    answered_at: Timestamp | None


class MoreList(Answer):
    """One's own requests, or everybody's for an administrator; newest first."""

    asks: list[More]


class MoreAnswer(Ask):
    """Grant a request, with another amount perhaps, or decline it."""

    granted: bool
    amount_nano_eur: Annotated[int, Field(ge=1_000_000, le=NANO_EUR_MAX)] | None = None


class AuditEntry(Answer):
    """Who did what with money, and why."""

    at: Timestamp
    user: UUID | None
    username: str | None
    event: str
    facts: dict[str, Any]


class Audit(Answer):
    """The newest entries, newest first."""

    entries: list[AuditEntry]


# ── what was spent ──────────────────────────────────────────────────────────────────────────────


class Tokens(Answer):
    """Tokens by kind."""

    input: int
    output: int
    cache_read: int
    cache_write: int


class UsagePart(Answer):
    """A share of what was spent: of a day, a person or a model.

    `key` is `2026-11-21`, the person's id or the model's; `name` is what to show.
    """

    key: str
    name: str
    requests: int
    tokens: Tokens
    web_searches: int
    cost_nano_eur: int
    estimated_nano_eur: int
    cache_saved_nano_eur: int


class Forecast(Answer):
    """What the month will come to, and its range; `method` says how, in the reader's language."""

    low_nano_eur: int
    likely_nano_eur: int
    high_nano_eur: int
    days_measured: int
    method: str


class UsageReport(Answer):
    """What was spent from `first` to `last` (days of the instance's time zone), both included.

    `by_user` has everybody for an administrator, oneself for others. `forecast` is for the running
    month only.
    """

    first: Day
    last: Day
    time_zone: str
    simulated: bool
    total: UsagePart
    by_day: list[UsagePart]
    by_model: list[UsagePart]
    by_user: list[UsagePart]
    forecast: Forecast | None


# ── prices ──────────────────────────────────────────────────────────────────────────────────────


class TokenPrices(Answer):
    """US dollars per million tokens, as decimal texts, so that nothing is rounded."""

    input: str
    output: str
    cache_write_5m: str
    cache_write_1h: str
    cache_read: str


class PriceTier(TokenPrices):
    """What a request pays wholly whose prompt has more than so many tokens."""

    prompt_tokens_over: int


class ModelPrice(TokenPrices):
    """The price of a model now, where it comes from, and since when."""

    model: str
    valid_from: Day
    source: str
    edited: bool
    tiers: list[PriceTier]
    web_search_per_1000: str | None
    batch: TokenPrices | None
    fast: TokenPrices | None
    us_multiplier: str | None
    max_input_tokens: int | None
    max_output_tokens: int | None
    retires: Day | None


class ExchangeRate(Answer):
    """US dollars for one euro. `stand_in`: nobody has set one, and a cautious one counts."""

    usd_per_eur: str
    date: Day
    source: str
    age_days: int
    stand_in: bool


class PriceList(Answer):
    """Every price, and the exchange rate; `collected` and `note` are the list's own."""

    prices: list[ModelPrice]
    rate: ExchangeRate
    collected: Day
    note: str


Decimal = Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,6})?$")]


class PriceAsk(Ask):
    """Set a model's price from now on, in US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    web_search_per_1000: Decimal | None = None
    source: Annotated[str, Field(min_length=1, max_length=200)]


class RateAsk(Ask):
    """Set the exchange rate from now on: US dollars for one euro, as of a day."""

    usd_per_eur: Decimal
    date: Day
    source: Annotated[str, Field(min_length=1, max_length=200)]


class AnswerTokens(Answer):
    """How long answers are: the 10th, 50th and 90th percentile, in tokens."""

    short: int
    usual: int
    long: int


class PriceTag(Answer):
    """What the next question in a conversation will cost, for the composer to reckon with.

    All in nano-euros per million tokens. The prompt has `known_tokens` already; a question adds at
    most its bytes (`worst`), more likely a quarter of them. `answer_tokens` are what answers of
    this model usually take (10th, 50th and 90th percentile of the newest; `measured` false: too
    few were seen, and these are assumed), `max_tokens` what is allowed at most. `left_nano_eur` is
    what the tightest limit leaves; what the instance's leave is told to administrators only.
    """

    model: str
    input_nano_eur_per_million: int
    output_nano_eur_per_million: int
    known_tokens: int
    answer_tokens: AnswerTokens
    measured: bool
    max_tokens: int
    left_nano_eur: int | None
    simulated: bool


# ── the provider's own report ───────────────────────────────────────────────────────────────────


class Drift(Answer):
    """A day of the provider (UTC) and a model: what they say, what our ledger says."""

    day: Day
    model: str
    provider_nano_eur: int
    ledger_nano_eur: int
    estimated_nano_eur: int
    corrected_nano_eur: int
    drift_nano_eur: int


class Reconciliation(Answer):
    """What was compared, and when; `ready` false: no admin key is set."""

    ready: bool
    checked_at: Timestamp | None
    days: list[Drift]
    problem: str | None

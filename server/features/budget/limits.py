"""What a person may spend, and the instance: the limits that count now, and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schema.wire.money import Gauge, Period, Scope
from server.store import trip

from .periods import PeriodBook, Periods
from .scopes import Purse, ScopeKey, keys_of
from .store import balances, limits
from .store.balances import Balance
from .store.limits import Rule, Rules

NANO_EUR_PER_CENT = 10_000_000


@dataclass(frozen=True, slots=True)
class ScopeLimit:
    """What a scope may spend in a period; `limit_nano_eur` None is no limit.

    `extra_nano_eur` was granted on top for this period, and is part of the limit. `revision` is
    that of the setting.
    """

    purse: Purse
    scope: Scope
    scope_id: str
    period: Period
    start: int
    limit_nano_eur: int | None
    extra_nano_eur: int
    revision: int

    @property
    def key(self) -> ScopeKey:
        """The balance it limits."""
        return ScopeKey(self.purse, self.scope, self.scope_id, self.period, self.start)


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit, and what is spent and held below it."""

    limit: ScopeLimit
    spent_nano_eur: int
    held_nano_eur: int

    @property
    def left_nano_eur(self) -> int | None:
        """What is not spent, whoever holds it; below 0 if passed, None without a limit."""
        limit = self.limit.limit_nano_eur
        return None if limit is None else limit - self.spent_nano_eur

    @property
    def free_nano_eur(self) -> int | None:
        """What is neither spent nor held; None without a limit."""
        left = self.left_nano_eur
        return None if left is None else left - self.held_nano_eur


@dataclass(frozen=True, slots=True)
class Standings:
    """All that a person's spending counts in, limited or not, in the order of `COUNTED`.

    `armed` false: the limits only warn. Amounts of the instance are an `administrator`'s to know.
    """

    armed: bool
    scopes: tuple[Standing, ...]
    administrator: bool = False

    @property
    def shown(self) -> tuple[Standing, ...]:
        """The scopes whose amounts the person may know."""
        return tuple(each for each in self.scopes if self.may_know(each))

    def may_know(self, standing: Standing) -> bool:
        """Whether the amounts of this scope are the person's to know."""
        return self.administrator or standing.limit.scope == "user"


@dataclass(frozen=True, slots=True)
class ScopeSpent:
    """What a settlement has changed, for the alerts; amounts in nano-euros."""

    purse: Purse
    scope: Scope
    scope_id: str
    period: Period
    start: int
    spent_before: int
    spent_after: int
    limit_nano_eur: int | None
    revision: int


async def standings(purse: Purse, user: UUID, periods: Periods) -> Standings:
    """Return where everything stands that a person's spending counts in; only reads."""
    keys = keys_of(purse, user, periods)
    found, rules = await trip(balances.reading(keys), limits.reading(user))
    return standings_of(keys, balances.rows_of(found), limits.rules_of(rules))


def standings_of(
    keys: Sequence[ScopeKey], rows: Mapping[ScopeKey, Balance], rules: Rules
) -> Standings:
    """Join the balances of a person's keys with the rules."""
    return Standings(
        administrator=rules.administrator,
        armed=rules.instance.armed,
        scopes=tuple(
            _standing(key, rules.instance if key.scope == "instance" else rules.user, rows.get(key))
            for key in keys
        ),
    )


async def give_starting_limits(daily_cents: int, monthly_cents: int, now: datetime) -> None:
    """Give a new instance its limits, in the caller's unit; one that has some keeps them."""
    await limits.put_instance_if_none(
        {
            "daily_nano_eur": daily_cents * NANO_EUR_PER_CENT,
            "monthly_nano_eur": monthly_cents * NANO_EUR_PER_CENT,
        },
        now,
    )


def tightest(scopes: Sequence[Standing], book: PeriodBook) -> Gauge | None:
    """Return the limit of which the largest part is spent; None where nothing is limited."""
    gauges = [
        _gauge(each, limit, book)
        for each in scopes
        if (limit := each.limit.limit_nano_eur) is not None
    ]
    return max(gauges, key=lambda gauge: gauge.fraction, default=None)


def fraction_of(spent_nano_eur: int, limit_nano_eur: int | None) -> float:
    """Return spent / limit: 0 without a limit; a limit of nothing is used up."""
    if limit_nano_eur is None:
        return 0.0
    return spent_nano_eur / limit_nano_eur if limit_nano_eur else 1.0


def _gauge(standing: Standing, limit_nano_eur: int, book: PeriodBook) -> Gauge:
    limit = standing.limit
    return Gauge(
        scope=limit.scope,
        period=limit.period,
        limit_nano_eur=limit_nano_eur,
        spent_nano_eur=standing.spent_nano_eur,
        fraction=fraction_of(standing.spent_nano_eur, limit_nano_eur),
        resets_at=book.resets_at(limit.period, limit.start),
    )


def _standing(key: ScopeKey, rule: Rule, row: Balance | None) -> Standing:
    extra = row.extra_nano_eur if row else 0
    base = _limit(rule, key.period)
    limit = ScopeLimit(
        *key,
        limit_nano_eur=None if base is None else base + extra,
        extra_nano_eur=extra,
        revision=rule.revision,
    )
    return Standing(limit, row.spent_nano_eur if row else 0, row.held_nano_eur if row else 0)


def _limit(rule: Rule, period: Period) -> int | None:
    """Return the lower of what the administrator allows and what a person allows themselves."""
    match period:
        case "day":
            return _lower(rule.daily_nano_eur, rule.own_daily_nano_eur)
        case "week":
            return rule.weekly_nano_eur
        case "month":
            return _lower(rule.monthly_nano_eur, rule.own_monthly_nano_eur)
        case "total":
            return rule.total_nano_eur


def _lower(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)

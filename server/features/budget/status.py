"""Where the limits stand, whether calls are stopped, and what the screen must say beside it.

An administrator sees the instance's amounts and their own. Others see their own, and of the
instance only that it is stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from schema.wire.money import MoneyNotice, MonitorStatus, ScopeStatus, TripKind
from server.core.clock import Clock
from server.core.money import nano_eur_of
from server.core.problems import Refusal

from .ledger import Ledger
from .limits import Standing, Standings, fraction_of, standings
from .meter import Meter
from .prices import PriceBook
from .rates import RateBook
from .scopes import purse_of
from .status_texts import ledger_reason, limit_reason
from .store import asks, readers
from .store.readers import Reader
from .store.state import Stop
from .switch import Switch
from .verify import Verifier

BEHIND_SECONDS: Final = 60
OLD_RATE_DAYS: Final = 35
NEVER: Final = datetime.max.replace(tzinfo=UTC)
ALWAYS_SHOWN: Final = ("day", "month")
"""Periods that are shown without a limit as well."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is asked by default: a limit is used up that does not pay a useful answer of it."""

    model: str
    useful_tokens: int
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusParts:
    """What the status is read off."""

    clock: Clock
    ledger: Ledger
    meter: Meter
    switch: Switch
    verifier: Verifier
    prices: PriceBook
    rates: RateBook
    usual: Usual


class Status:
    """Where everything stands, for one reader."""

    def __init__(self, parts: StatusParts) -> None:
        self._parts = parts

    async def of(self, user: UUID) -> MonitorStatus:
        """Return what this person may know, in their language. Raises Refusal `not_found`."""
        reader = await readers.reader(user)
        if reader is None:
            raise Refusal("not_found")
        parts = self._parts
        stand = await parts.ledger.stand()
        purse = purse_of(simulated=parts.usual.simulated)
        found = await standings(purse, user, stand.periods)
        everybody = reader.role == "admin"
        stop = parts.switch.stop
        at = parts.rates.current(parts.prices.current(stand.at))
        used_up = self._used_up(found, at)
        return MonitorStatus(
            scopes=[self._scope(each) for each in found.scopes if _shown(each, reader)],
            tripped=bool(stop.by) or used_up is not None,
            trip=_trip(stop, used_up),
            reason=self._reason(used_up, reader),
            tripped_at=stop.at,
            simulated=parts.usual.simulated,
            armed=found.armed,
            notices=list(self._notices(found, stand.at, at)) if everybody else [],
            open_asks=await asks.open_asks(None if everybody else user, purse, stand.periods),
        )

    def _scope(self, standing: Standing) -> ScopeStatus:
        limit = standing.limit
        return ScopeStatus(
            scope=limit.scope,
            period=limit.period,
            limit_nano_eur=limit.limit_nano_eur,
            spent_nano_eur=standing.spent_nano_eur,
            held_nano_eur=standing.held_nano_eur,
            extra_nano_eur=limit.extra_nano_eur,
            fraction=fraction_of(standing.spent_nano_eur, limit.limit_nano_eur),
            resets_at=self._resets_at(standing),
        )

    def _used_up(self, found: Standings, at: datetime) -> Standing | None:
        """Return the limit that stops this person's calls and is the last to start again."""
        if not found.armed:
            return None
        needed = self._useful_nano_eur(at)
        empty = [
            each
            for each in found.scopes
            if each.left_nano_eur is not None and each.left_nano_eur < needed
        ]
        return max(empty, key=lambda each: self._resets_at(each) or NEVER, default=None)

    def _useful_nano_eur(self, at: datetime) -> int:
        """Return what the shortest useful answer costs; where nobody knows, anything at all."""
        usual = self._parts.usual
        price = self._parts.prices.find(usual.model, at)
        if price is None:
            return 1
        pico_usd = price.standard.base.output * usual.useful_tokens
        return nano_eur_of(pico_usd, self._parts.rates.rate(at).usd_per_eur_micro)

    def _reason(self, used_up: Standing | None, reader: Reader) -> str | None:
        stop = self._parts.switch.stop
        everybody = reader.role == "admin"
        if stop.by == "hand":
            return stop.reason
        if stop.by:
            return ledger_reason(stop.reason, reader.language, administrator=everybody)
        if used_up is None:
            return None
        amounts = everybody or used_up.limit.scope == "user"
        return limit_reason(used_up, self._resets_at(used_up), reader.language, amounts=amounts)

    def _resets_at(self, standing: Standing) -> datetime | None:
        limit = standing.limit
        return self._parts.ledger.periods.resets_at(limit.period, limit.start)

    def _notices(
        self, found: Standings, ledger_time: datetime, at: datetime
    ) -> Iterator[MoneyNotice]:
        parts = self._parts
        if not found.armed:
            yield MoneyNotice(code="armed_off", facts={})
        behind = int((ledger_time - parts.clock()).total_seconds())
        if behind > BEHIND_SECONDS:
            yield MoneyNotice(code="clock_behind", facts={"behind_seconds": behind})
        yield from self._rate_notices(at)
        if parts.prices.find(parts.usual.model, at) is None:
            yield MoneyNotice(code="model_unpriced", facts={"model": parts.usual.model})
        if not parts.meter.writable:
            yield MoneyNotice(code="meter_unwritable", facts={})
        if parts.verifier.rebuilt:
            yield MoneyNotice(
                code="ledger_ahead_of_balances", facts={"balances": parts.verifier.rebuilt}
            )

    def _rate_notices(self, at: datetime) -> Iterator[MoneyNotice]:
        """Of money that is real: the simulator's is worth nothing at any rate."""
        if self._parts.usual.simulated:
            return
        rate = self._parts.rates.rate(at)
        age_days = (at.astimezone(UTC).date() - rate.date).days
        if rate.stand_in:
            yield MoneyNotice(code="rate_missing", facts={})
        elif age_days > OLD_RATE_DAYS:
            yield MoneyNotice(code="rate_old", facts={"age_days": age_days})


def _trip(stop: Stop, used_up: Standing | None) -> TripKind | None:
    if stop.by == "hand":
        return "hand"
    if stop.by:
        return "ledger"
    return "limit" if used_up else None


def _shown(standing: Standing, reader: Reader) -> bool:
    limit = standing.limit
    if limit.scope == "instance" and reader.role != "admin":
        return False
    return limit.limit_nano_eur is not None or limit.period in ALWAYS_SHOWN

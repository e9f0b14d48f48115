"""Whose money it is, and the periods in which it is counted: the keys of the balances."""

from typing import Final, Literal, NamedTuple
from uuid import UUID

from schema.wire.money import Period, Scope

from .periods import Periods

Purse = Literal["real", "simulated"]
"""Real money, and the simulator's: the same limits apply to each, and they are never added up."""

INSTANCE_ID: Final = ""
"""The `scope_id` of the instance."""

COUNTED: Final[tuple[tuple[Scope, Period], ...]] = (
    ("instance", "day"),
    ("instance", "month"),
    ("user", "day"),
    ("user", "week"),
    ("user", "month"),
    ("user", "total"),
)
"""What every entry counts in, limited or not; always locked and written in this order."""


class Whose(NamedTuple):
    """A scope: the instance, or a person."""

    purse: Purse
    scope: Scope
    scope_id: str


class ScopeKey(NamedTuple):
    """One balance: a scope in a period that began at `start`."""

    purse: Purse
    scope: Scope
    scope_id: str
    period: Period
    start: int


def purse_of(*, simulated: bool) -> Purse:
    """Return the purse that a request is paid from."""
    return "simulated" if simulated else "real"


def scopes_of(purse: Purse, user: UUID) -> frozenset[Whose]:
    """Return whose money a person's request is paid from."""
    return frozenset({Whose(purse, "instance", INSTANCE_ID), Whose(purse, "user", str(user))})


def keys_of(purse: Purse, user: UUID, periods: Periods) -> tuple[ScopeKey, ...]:
    """Return the balances that a person's spending counts in, in the order of `COUNTED`."""
    return tuple(
        ScopeKey(
            purse,
            scope,
            INSTANCE_ID if scope == "instance" else str(user),
            period,
            periods.start(period),
        )
        for scope, period in COUNTED
    )

"""What Claude costs, and from when on: the list that comes with us, and what administrators edit.

A price is in whole pico-dollars per token. A list is a claim of the sources it names. An edit
counts after the moment it was made; what was spent before keeps the price it was made with.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Final

PERMILLE: Final = 1000

TICK: Final = timedelta(microseconds=1)
"""The least by which one moment is after another."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Pico-dollars per token, by kind of token."""

    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    def times(self, permille: int) -> "Rates":
        """Return them multiplied; a price is only taken on if this leaves whole numbers."""
        return Rates(*(rate * permille // PERMILLE for rate in self.each().values()))

    def dearest(self, other: "Rates") -> "Rates":
        """Return the higher of both, kind by kind."""
        return Rates(*map(max, self.each().values(), other.each().values()))

    def each(self) -> dict[str, int]:
        """Return every rate by its name."""
        return {kind.name: getattr(self, kind.name) for kind in fields(self)}


@dataclass(frozen=True, slots=True)
class Tier:
    """What a request pays, wholly, whose prompt has more than `over` tokens."""

    over: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rates of one way of asking (standard, batch, fast); tiers with the lowest first."""

    base: Rates
    tiers: tuple[Tier, ...] = ()

    def rates(self, prompt_tokens: int) -> Rates:
        """Return what a prompt of so many tokens (input, cache reads, cache writes) pays."""
        reached = [tier.rates for tier in self.tiers if prompt_tokens > tier.over]
        return reached[-1] if reached else self.base

    def dearest(self, prompt_tokens: int) -> Rates:
        """Return the most that a prompt of at most so many tokens can pay, kind by kind."""
        rates = self.base
        for tier in self.tiers:
            if prompt_tokens > tier.over:
                rates = rates.dearest(tier.rates)
        return rates

    def every(self) -> Iterator[tuple[str, Rates]]:
        """Return all its rates, each with where they stand."""
        yield "", self.base
        for tier in self.tiers:
            yield f"over {tier.over} ", tier.rates


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs. `valid_from` is None where nobody said since when.

    `batch` and `fast` are None where no such price is known, `us_permille` where computing in the
    US alone costs nothing extra (1100: a tenth more), `web_search_pico_usd` (per search) where the
    model cannot search. Token limits are None where they are not known.
    """

    model: str
    valid_from: date | None
    source: str
    edited: bool
    standard: Schedule
    batch: Schedule | None = None
    fast: Schedule | None = None
    us_permille: int | None = None
    web_search_pico_usd: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    retires: date | None = None

    @property
    def schedules(self) -> dict[str, Schedule]:
        """The ways of asking that have a price."""
        ways = {"standard": self.standard, "batch": self.batch, "fast": self.fast}
        return {name: schedule for name, schedule in ways.items() if schedule is not None}

    @property
    def us(self) -> int:
        """What computing in the US alone multiplies token prices by, in thousandths."""
        return self.us_permille or PERMILLE


Find = Callable[[str], Price | None]
"""Looks a model's price up, as it was at one moment."""


@dataclass(frozen=True, slots=True)
class PriceFile:
    """A list of prices as it was read: each model's entries with the oldest first.

    `aliases` are other names of a model. `collected` is the day somebody looked at the sources.
    """

    models: Mapping[str, tuple[Price, ...]]
    aliases: Mapping[str, str]
    collected: date
    note: str


@dataclass(frozen=True, slots=True)
class PriceEdit:
    """A price that an administrator set; it counts after `at`."""

    at: datetime
    price: Price


class PriceBook:
    """Every price, at every moment.

    An edit goes before the list from its moment on, until the next edit. What was looked up for a
    moment stays the same for good.
    """

    def __init__(self, file: PriceFile) -> None:
        self.file = file
        self._edits: Mapping[str, tuple[PriceEdit, ...]] = {}

    def add(self, edits: Iterable[PriceEdit]) -> None:
        """Take edits on; they may come in any order."""
        known = dict(self._edits)
        for edit in edits:
            before = known.get(edit.price.model, ())
            known[edit.price.model] = tuple(sorted((*before, edit), key=lambda each: each.at))
        self._edits = known

    def find(self, model: str, at: datetime) -> Price | None:
        """Return what a model cost at a moment, None if it has no price."""
        return self.at(at)(model)

    def at(self, at: datetime) -> Find:
        """Return the price list of a moment; no later edit changes what it says."""
        edits, file = self._edits, self.file

        def find(model: str) -> Price | None:
            for name in (model, file.aliases.get(model, model)):
                made = [edit for edit in edits.get(name, ()) if edit.at < at]
                if made:
                    return made[-1].price
            return _listed(file.models.get(file.aliases.get(model, model), ()), at)

        return find

    def current(self, now: datetime) -> datetime:
        """Return the moment whose prices count: where the clock is behind an edit, after that."""
        edits = (edit.at for made in self._edits.values() for edit in made)
        return max([now, *(at + TICK for at in edits)])

    def all(self, at: datetime) -> list[Price]:
        """Return every price of a moment, by the models' names."""
        find = self.at(at)
        names = sorted({*self.file.models, *self._edits})
        return [price for name in names if (price := find(name)) is not None]


def _listed(entries: tuple[Price, ...], at: datetime) -> Price | None:
    """Return the entry that counts on that day (UTC); before the first, the first."""
    day = at.astimezone(UTC).date()
    current = entries[0] if entries else None
    for entry in entries[1:]:
        if entry.valid_from is not None and entry.valid_from <= day:
            current = entry
    return current

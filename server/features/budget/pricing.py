"""What people see and set of prices: the list, an administrator's edits, and a price tag ahead."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from schema.tables.budget import PriceRow, RateRow
from schema.wire.money import (
    ExchangeRate,
    ModelPrice,
    PriceAsk,
    PriceList,
    PriceTag,
    PriceTier,
    RateAsk,
    TokenPrices,
)
from server.core.clock import Clock
from server.core.errors import StartError
from server.core.money import RATE_UNIT, nano_eur_of
from server.core.problems import Refusal
from server.store import Database

from .limits import standings
from .periods import PeriodBook
from .price_edit import edited
from .price_file import PICO_USD_PER_SEARCH, PriceError, dollars, entry_of, price_of, texts_of
from .prices import PERMILLE, Price, PriceBook, PriceEdit, Schedule
from .rates import Rate, RateBook, RateEdit, micro_of
from .scopes import purse_of
from .store import audit, prices, state

MILLION: Final = 1_000_000

ENOUGH_ANSWERS: Final = 10
ASSUMED_ANSWERS: Final = (100, 500, 2000)
"""Tokens of short, usual and long answers, as long as too few of a model were seen."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a price tag supposes: the model that is asked by default, the longest answer allowed."""

    model: str
    max_tokens: int
    simulated: bool


async def _nothing_known(_user: UUID, _conversation: UUID, _model: str) -> int:
    return 0


class Pricing:
    """Prices and the exchange rate, as people meet them."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        book: PriceBook,
        rates: RateBook,
        periods: PeriodBook,
        tagged: Tagged,
    ) -> None:
        self._database = database
        self._clock = clock
        self._book = book
        self._rates = rates
        self._periods = periods
        self._tagged = tagged
        self.known_tokens: Callable[[UUID, UUID, str], Awaitable[int]] = _nothing_known
        """What a conversation's prompt has already, for a person and a model.

        Raises Refusal `not_found`.
        """
        self.on_changed: Callable[[], None] = lambda: None
        """Tells the devices, once a price or a rate is on disk."""

    async def open(self) -> None:
        """Read the rates' file and all that was ever set. Raises StartError."""
        self._rates.open()
        self._book.add(_price_edit(row) for row in await prices.prices())
        self._rates.add(_rate_edit(row) for row in await prices.rates())

    # ── the list ────────────────────────────────────────────────────────────────────────────────

    async def price_list(self) -> PriceList:
        """Return every price and the rate, as they are now."""
        now, file = self._clock(), self._book.file
        return PriceList(
            prices=[_model_price(price, file.collected) for price in self._book.all(now)],
            rate=_exchange_rate(self._rates.rate(now), now),
            collected=file.collected.isoformat(),
            note=file.note,
        )

    async def set_price(self, by: UUID, model: str, ask: PriceAsk) -> ModelPrice:
        """Set a model's price from now on, or add a model; audited. Raises Refusal `invalid`."""
        name = self._book.file.aliases.get(model, model)

        async def unit() -> PriceEdit:
            at = await self._now()
            before = self._book.find(name, at)
            price = edited(name, ask, before, at.astimezone(UTC).date())
            entry = entry_of(price)
            await prices.add_price(name, entry, at, by)
            facts = {"model": name, "before": before and entry_of(before), "after": entry}
            await audit.add(at, by, "price_set", facts)
            return PriceEdit(at, price)

        edit = await self._database.write(unit, self._take_price)
        return _model_price(edit.price, self._book.file.collected)

    async def set_rate(self, by: UUID, ask: RateAsk) -> PriceList:
        """Set the exchange rate from now on; audited. Raises Refusal `invalid`."""
        micro, day = _micro(ask.usd_per_eur), _past_day(ask.date, self._clock())

        async def unit() -> RateEdit:
            at = await self._now()
            before = self._rates.rate(at)
            row = RateRow(
                date=int(ask.date.replace("-", "")),
                usd_per_eur_micro=micro,
                source=ask.source,
                at=at,
                set_by=by,
            )
            await prices.add_rate(row)
            facts = {
                "before": None if before.stand_in else dollars(before.usd_per_eur_micro, RATE_UNIT),
                "after": dollars(micro, RATE_UNIT),
                "date": ask.date,
                "source": ask.source,
            }
            await audit.add(at, by, "rate_set", facts)
            return RateEdit(at, Rate(micro, day, ask.source))

        await self._database.write(unit, self._take_rate)
        return await self.price_list()

    async def _now(self) -> datetime:
        """Return the moment an edit counts after: what was held until then keeps its price."""
        now, newest = self._clock(), (await state.read()).last_at
        return now if newest is None else max(now, newest)

    def _take_price(self, edit: PriceEdit) -> None:
        self._book.add([edit])
        self.on_changed()

    def _take_rate(self, edit: RateEdit) -> None:
        self._rates.add([edit])
        self.on_changed()

    # ── a price tag ─────────────────────────────────────────────────────────────────────────────

    async def tag(self, user: UUID, conversation: UUID | None, model: str | None) -> PriceTag:
        """Return what the next question will cost. Raises Refusal `not_found`, `model_unpriced`."""
        now = self._clock()
        model = model or self._tagged.model
        price = self._book.find(model, now)
        if price is None:
            raise Refusal("model_unpriced", model=model)
        known = await self.known_tokens(user, conversation, model) if conversation else 0
        rates, rate = price.standard.rates(known), self._rates.rate(now).usd_per_eur_micro
        purse = purse_of(simulated=self._tagged.simulated)
        seen = await prices.newest_outputs(purse, model)
        measured = len(seen) >= ENOUGH_ANSWERS
        allowed = price.max_output_tokens or self._tagged.max_tokens
        return PriceTag(
            model=model,
            input_nano_eur_per_million=nano_eur_of(rates.input * MILLION, rate),
            output_nano_eur_per_million=nano_eur_of(rates.output * MILLION, rate),
            known_tokens=known,
            answer_tokens=_percentiles(seen) if measured else ASSUMED_ANSWERS,
            measured=measured,
            max_tokens=min(self._tagged.max_tokens, allowed),
            left_nano_eur=await self._left(user, now),
            simulated=self._tagged.simulated,
        )

    async def _left(self, user: UUID, now: datetime) -> int | None:
        """Return what is left below the tightest limit; None where none would stop a request."""
        purse = purse_of(simulated=self._tagged.simulated)
        found = await standings(purse, user, self._periods.of(now))
        if not found.armed:
            return None
        left = [each.left_nano_eur for each in found.scopes if each.left_nano_eur is not None]
        return max(0, min(left)) if left else None


def _percentiles(seen: Sequence[int]) -> tuple[int, int, int]:
    """Return the 10th, the 50th and the 90th."""
    ordered = sorted(seen)
    low, middle, high = (ordered[len(ordered) * part // 10] for part in (1, 5, 9))
    return low, middle, high


# ── as stored, and as sent ──────────────────────────────────────────────────────────────────────


def _price_edit(row: PriceRow) -> PriceEdit:
    try:
        return PriceEdit(row.at, price_of(row.model, row.price, edited=True))
    except PriceError as error:
        raise StartError(
            f"The price that was set for {row.model} on {row.at:%Y-%m-%d} cannot be read: {error}"
        ) from error


def _rate_edit(row: RateRow) -> RateEdit:
    day = date(row.date // 10_000, row.date // 100 % 100, row.date % 100)
    return RateEdit(row.at, Rate(row.usd_per_eur_micro, day, row.source))


def _model_price(price: Price, collected: date) -> ModelPrice:
    return ModelPrice(
        **texts_of(price.standard.base),
        model=price.model,
        valid_from=(price.valid_from or collected).isoformat(),
        source=price.source,
        edited=price.edited,
        tiers=[
            PriceTier(**texts_of(tier.rates), prompt_tokens_over=tier.over)
            for tier in price.standard.tiers
        ],
        web_search_per_1000=dollars(price.web_search_pico_usd, PICO_USD_PER_SEARCH),
        batch=_token_prices(price.batch),
        fast=_token_prices(price.fast),
        us_multiplier=dollars(price.us_permille, PERMILLE),
        max_input_tokens=price.max_input_tokens,
        max_output_tokens=price.max_output_tokens,
        retires=price.retires and price.retires.isoformat(),
    )


def _token_prices(schedule: Schedule | None) -> TokenPrices | None:
    return None if schedule is None else TokenPrices(**texts_of(schedule.base))


def _exchange_rate(rate: Rate, now: datetime) -> ExchangeRate:
    return ExchangeRate(
        usd_per_eur=str(dollars(rate.usd_per_eur_micro, RATE_UNIT)),
        date=rate.date.isoformat(),
        source=rate.source,
        age_days=(now.astimezone(UTC).date() - rate.date).days,
        stand_in=rate.stand_in,
    )


def _micro(text: str) -> int:
    try:
        return micro_of(text)
    except ValueError as error:
        raise Refusal("invalid", fields=f"usd_per_eur: {error}") from error


def _past_day(text: str, now: datetime) -> date:
    """Return the day; tomorrow is today already further east."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("invalid", fields="date: not in the calendar") from error
    if day > now.astimezone(UTC).date() + timedelta(days=1):
        raise Refusal("invalid", fields="date: must not be ahead")
    return day

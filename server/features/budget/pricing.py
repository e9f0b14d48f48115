"""What people see and set of prices: the list, an administrator's edits, and a price tag ahead."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
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
from server.core.money import RATE_UNIT
from server.core.problems import Refusal
from server.store import Database

from .price_edit import edited
from .price_file import PICO_USD_PER_SEARCH, PriceError, dollars, entry_of, price_of, texts_of
from .prices import PERMILLE, Price, PriceBook, PriceEdit, Schedule
from .rates import Rate, RateBook, RateEdit, micro_of
from .store import audit, prices, state
from .tags import Tags


class Pricing:
    """Prices and the exchange rate, as people meet them."""

    def __init__(
        self, *, database: Database, clock: Clock, book: PriceBook, rates: RateBook, tags: Tags
    ) -> None:
        self._database = database
        self._clock = clock
        self._book = book
        self._rates = rates
        self._tags = tags
        self.on_changed: Callable[[], None] = lambda: None
        """Tells the devices, once a price or a rate is on disk."""

    async def open(self) -> None:
        """Read the rates' file and all that was ever set. Raises StartError."""
        self._rates.open()
        self._book.add(_price_edit(row) for row in await prices.prices())
        self._rates.add(_rate_edit(row) for row in await prices.rates())

    async def price_list(self) -> PriceList:
        """Return every price and the rate, as they are now."""
        file = self._book.file
        now = self._rates.current(self._book.current(self._clock()))
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

    async def tag(self, user: UUID, conversation: UUID | None, model: str | None) -> PriceTag:
        """Return what the next question will cost. Raises Refusal `not_found`, `model_unpriced`."""
        return await self._tags.of(user, conversation, model)

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

"""What an administrator's figures make of a price: the rest keeps its proportion to them."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from schema.wire.money import PriceAsk
from server.core.money import PICO_USD_PER_TOKEN
from server.core.problems import Refusal

from .price_file import PICO_USD_PER_SEARCH, PriceError, entry_of, price_of
from .prices import Price, Rates, Schedule, Tier

US_PERMILLE: Final = 1100
"""For a model that is added: what computing in the US alone costs with all newer models."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._:@/-]{0,99}", re.IGNORECASE)


def edited(model: str, ask: PriceAsk, before: Price | None, day: date) -> Price:
    """Return the price that an edit makes of the one before it (None: the model is added).

    The figures are the standard rates without a tier. Tiers, batch and fast keep their proportion
    to them, each kind of token by itself: what was twice the old rate is twice the new one. Limits,
    retirement and the multiplier for the US stay; so does the fee for web searches where the edit
    does not speak of it. Raises Refusal `invalid`.
    """
    if not NAME.fullmatch(model):
        raise Refusal("invalid", fields="model: not a name of a model")
    base = Rates(**{kind: _pico(kind, getattr(ask, kind)) for kind in _KINDS})
    price = _new(model, base) if before is None else _scaled(before, base)
    price = replace(price, edited=True, valid_from=day, source=ask.source)
    if "web_search_per_1000" in ask.model_fields_set:
        price = replace(price, web_search_pico_usd=_fee(ask.web_search_per_1000))
    try:
        return price_of(model, entry_of(price), edited=True)
    except PriceError as error:
        raise Refusal("invalid", fields=str(error)) from error


_KINDS: Final = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


def _new(model: str, base: Rates) -> Price:
    return Price(
        model=model,
        valid_from=None,
        source="",
        edited=True,
        standard=Schedule(base),
        us_permille=US_PERMILLE,
    )


def _pico(kind: str, text: str) -> int:
    figure = Decimal(text) * PICO_USD_PER_TOKEN
    if figure <= 0:
        raise Refusal("invalid", fields=f"{kind}: must be more than 0")
    return int(figure)  # at most six digits after the point: it is whole


def _fee(text: str | None) -> int | None:
    return int(Decimal(text) * PICO_USD_PER_SEARCH) if text is not None else None


def _scaled(before: Price, base: Rates) -> Price:
    old = before.standard.base

    def scaled(schedule: Schedule) -> Schedule:
        tiers = (Tier(each.over, _in_proportion(each.rates, old, base)) for each in schedule.tiers)
        return Schedule(_in_proportion(schedule.base, old, base), tuple(tiers))

    return replace(
        before,
        standard=scaled(before.standard),
        batch=before.batch and scaled(before.batch),
        fast=before.fast and scaled(before.fast),
    )


def _in_proportion(rates: Rates, old: Rates, new: Rates) -> Rates:
    was, now = old.each(), new.each()
    return Rates(
        **{kind: _share(kind, rate * now[kind], was[kind]) for kind, rate in rates.each().items()}
    )


def _share(kind: str, product: int, divisor: int) -> int:
    """Divide exactly: a price that is rounded is not the provider's."""
    if product % divisor:
        raise Refusal(
            "invalid", fields=f"{kind}: batch, fast or a tier would not be whole pico-dollars"
        )
    return product // divisor

"""Prices as text: the list in a YAML file, and an administrator's edit, which is one entry of it.

Figures are read from their text as decimals, and turned into whole pico-dollars per token; what
does not come out whole is refused.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.errors import StartError
from server.core.money import PICO_USD_PER_TOKEN

from .prices import PERMILLE, Price, PriceFile, Rates, Schedule, Tier

PICO_USD_PER_SEARCH: Final = 1_000_000_000
"""Pico-dollars per search for each US dollar per thousand searches."""

Dollars = Annotated[Decimal, Field(gt=0, lt=1_000_000, allow_inf_nan=False)]
TokenCount = Annotated[int, Field(ge=1, le=1_000_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class PriceError(ValueError):
    """This is no price; the text says where, such as `standard.0.input`, and why."""


class Part(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Row(Part):
    """Dollars per million tokens, for prompts of more than `over` tokens."""

    over: TokenCount | None = None
    input: Dollars
    output: Dollars
    cache_write_5m: Dollars
    cache_write_1h: Dollars
    cache_read: Dollars


Rows = Annotated[tuple[Row, ...], Field(min_length=1)]


class Entry(Part):
    """The price of a model from a day on."""

    valid_from: date | None = None
    standard: Rows
    batch: Rows | None = None
    fast: Rows | None = None
    us_multiplier: Annotated[Decimal, Field(ge=1, le=10)] | None = None
    web_search_per_1000: Dollars | None = None
    max_input_tokens: TokenCount | None = None
    max_output_tokens: TokenCount | None = None
    retires: date | None = None
    source: Annotated[str, Field(min_length=1, max_length=200)]


class Content(Part):
    """The whole file."""

    collected: date
    note: str
    sources: tuple[str, ...]
    aliases: Mapping[Name, Name]
    models: Mapping[Name, Annotated[tuple[Entry, ...], Field(min_length=1)]]


def read_prices(path: Path) -> PriceFile:
    """Read a list. Raises StartError with the model and the field that is not right."""
    try:
        # As texts: a binary fraction is no price. This loader makes nothing but texts.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return _file(Content.model_validate(content))
    except OSError as error:
        raise StartError(f"The prices in {path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise StartError(f"The prices in {path} cannot be read: this is not valid YAML.") from None
    except ValidationError as error:
        raise StartError(f"{path}: {_first(error)}") from None
    except PriceError as error:
        raise StartError(f"{path}: {error}") from None


def price_of(model: str, entry: Mapping[str, Any], *, edited: bool) -> Price:
    """Return the price that an entry, as in the file, gives a model. Raises PriceError."""
    try:
        return _price(model, Entry.model_validate(entry), edited=edited)
    except ValidationError as error:
        raise PriceError(_first(error)) from None


def entry_of(price: Price) -> dict[str, Any]:
    """Return a price as its entry in the file: figures are decimal texts, what is absent is not."""
    entry = {
        "valid_from": price.valid_from and price.valid_from.isoformat(),
        **{way: _rows(schedule) for way, schedule in price.schedules.items()},
        "us_multiplier": dollars(price.us_permille, PERMILLE),
        "web_search_per_1000": dollars(price.web_search_pico_usd, PICO_USD_PER_SEARCH),
        "max_input_tokens": price.max_input_tokens,
        "max_output_tokens": price.max_output_tokens,
        "retires": price.retires and price.retires.isoformat(),
        "source": price.source,
    }
    return {name: value for name, value in entry.items() if value is not None}


def texts_of(rates: Rates) -> dict[str, str]:
    """Return dollars per million tokens, by the names of the kinds."""
    return {kind: str(dollars(rate, PICO_USD_PER_TOKEN)) for kind, rate in rates.each().items()}


def dollars(value: int | None, unit: int) -> str | None:
    """Return so many units as an exact decimal text without idle zeros; None stays None."""
    return None if value is None else f"{(Decimal(value) / unit).normalize():f}"


def _rows(schedule: Schedule) -> list[dict[str, Any]]:
    tiers = [{"over": tier.over, **texts_of(tier.rates)} for tier in schedule.tiers]
    return [texts_of(schedule.base), *tiers]


def _file(content: Content) -> PriceFile:
    for alias, model in content.aliases.items():
        if model not in content.models or alias in content.models:
            raise PriceError(f"aliases.{alias}: it must name a model of the list, and be none.")
    models = {}
    for model, entries in content.models.items():
        _check_order(model, entries)
        try:
            models[model] = tuple(_price(model, entry, edited=False) for entry in entries)
        except PriceError as error:
            raise PriceError(f"models.{model}: {error}") from None
    return PriceFile(models, content.aliases, content.collected, content.note)


def _check_order(model: str, entries: tuple[Entry, ...]) -> None:
    for before, after in pairwise(entries):
        began = before.valid_from or date.min
        if after.valid_from is None or after.valid_from <= began:
            raise PriceError(f"models.{model}.valid_from: entries stand with the oldest first.")


def _price(model: str, entry: Entry, *, edited: bool) -> Price:
    search = entry.web_search_per_1000
    price = Price(
        model=model,
        valid_from=entry.valid_from,
        source=entry.source,
        edited=edited,
        standard=_schedule("standard", entry.standard),
        batch=_schedule("batch", entry.batch) if entry.batch else None,
        fast=_schedule("fast", entry.fast) if entry.fast else None,
        us_permille=_whole("us_multiplier", entry.us_multiplier, PERMILLE)
        if entry.us_multiplier
        else None,
        web_search_pico_usd=_whole("web_search_per_1000", search, PICO_USD_PER_SEARCH)
        if search
        else None,
        max_input_tokens=entry.max_input_tokens,
        max_output_tokens=entry.max_output_tokens,
        retires=entry.retires,
    )
    _check_multiplied(price)
    return price


def _schedule(way: str, rows: tuple[Row, ...]) -> Schedule:
    overs = [row.over for row in rows]
    tiers = [over for over in overs if over is not None]
    if overs[0] is not None or len(tiers) != len(rows) - 1 or tiers != sorted(set(tiers)):
        raise PriceError(f"{way}.over: all lines but the first have it, the lowest first.")
    rates = [_rates(f"{way}.{index}", row) for index, row in enumerate(rows)]
    return Schedule(rates[0], tuple(map(Tier, tiers, rates[1:])))


def _rates(where: str, row: Row) -> Rates:
    figures = row.model_dump(exclude={"over"})
    return Rates(
        **{
            kind: _whole(f"{where}.{kind}", figure, PICO_USD_PER_TOKEN)
            for kind, figure in figures.items()
        }
    )


def _check_multiplied(price: Price) -> None:
    for way, schedule in price.schedules.items():
        for where, rates in schedule.every():
            for kind, rate in rates.each().items():
                if rate * price.us % PERMILLE:
                    raise PriceError(f"{way}.{where}{kind}: with us_multiplier {_NOT_WHOLE}")


def _whole(where: str, figure: Decimal, unit: int) -> int:
    value = figure * unit
    if value != int(value):
        raise PriceError(f"{where}: {_NOT_WHOLE}")
    return int(value)


_NOT_WHOLE: Final = "it is not a whole number of pico-dollars."


def _first(error: ValidationError) -> str:
    """Say what is wrong first, and where."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}."

"""The cost of a request, exact, from the whole usage object that came with its answer.

Pure: nothing is read, nothing is rounded. docs/money.md has every rule with an example.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from server.core.problems import Refusal

from .options import Options
from .prices import Find, Price, Rates, Schedule


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request cost, in pico-dollars, and the tokens that were billed, by kind.

    `saved_pico_usd` is what caching saved: reads against the price of input, less the premium of
    writes; below zero where it cost more than it brought. `priced` is False where something had no
    price of its own and another one was used: the cost is then an estimate.
    """

    pico_usd: int
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    web_searches: int = 0
    saved_pico_usd: int = 0
    priced: bool = True


class Pass(NamedTuple):
    """One run of a model within a request: the tokens of a prompt and of what was written."""

    model: str
    input: int
    output: int
    write_5m: int
    write_1h: int
    read: int

    @property
    def prompt(self) -> int:
        """The tokens that decide on the tier."""
        return self.input + self.write_5m + self.write_1h + self.read

    def pico_usd(self, rates: Rates) -> int:
        """What it costs at these rates."""
        return (
            self.input * rates.input
            + self.output * rates.output
            + self.write_5m * rates.cache_write_5m
            + self.write_1h * rates.cache_write_1h
            + self.read * rates.cache_read
        )

    def saved_pico_usd(self, rates: Rates) -> int:
        """What caching made it cheaper by."""
        return (
            self.read * (rates.input - rates.cache_read)
            - self.write_5m * (rates.cache_write_5m - rates.input)
            - self.write_1h * (rates.cache_write_1h - rates.input)
        )


def cost_of(
    usage: Mapping[str, Any], *, model: str, requested: str, options: Options, find: Find
) -> Cost:
    """Return what a request cost whose answer, by `model`, came with this usage.

    The usage is that of `message_start` updated by that of `message_delta`. What it does not say
    (speed, geography, how long a cache write is kept) is what the request asked for. A model
    without a price is charged as the requested one. Raises Refusal `model_unpriced` if that has
    none either.
    """
    fallback = find(requested)
    if fallback is None:
        raise Refusal("model_unpriced", model=requested)
    total = saved = 0
    priced = True
    passes = list(_passes(usage, model, options))
    for each in passes:
        price = find(each.model)
        rates, known = _rates(price or fallback, each, usage, options)
        total += each.pico_usd(rates)
        saved += each.saved_pico_usd(rates)
        priced = priced and known and price is not None
    searches = _count(_mapping(usage.get("server_tool_use")).get("web_search_requests"))
    fee = (find(model) or fallback).web_search_pico_usd
    return Cost(
        pico_usd=total + searches * (fee or 0),
        input_tokens=sum(each.input for each in passes),
        output_tokens=sum(each.output for each in passes),
        cache_read_tokens=sum(each.read for each in passes),
        cache_write_tokens=sum(each.write_5m + each.write_1h for each in passes),
        web_searches=searches,
        saved_pico_usd=saved,
        priced=priced and (fee is not None or not searches),
    )


def _passes(usage: Mapping[str, Any], model: str, options: Options) -> Iterator[Pass]:
    """Return what is billed: the iterations where there are any, else the top level.

    The top level then repeats some of them, and leaves others out.
    """
    iterations = usage.get("iterations")
    if not isinstance(iterations, list) or not iterations:
        yield _pass(usage, model, options)
        return
    for each in map(_mapping, iterations):
        own = each.get("model")
        yield _pass(each, own if isinstance(own, str) else model, options)


def _pass(usage: Mapping[str, Any], model: str, options: Options) -> Pass:
    split = _mapping(usage.get("cache_creation"))
    write_5m = _count(split.get("ephemeral_5m_input_tokens"))
    write_1h = _count(split.get("ephemeral_1h_input_tokens"))
    # Of a cumulative total only the beginning is split. The rest is what the request may write.
    rest = max(0, _count(usage.get("cache_creation_input_tokens")) - write_5m - write_1h)
    return Pass(
        model,
        _count(usage.get("input_tokens")),
        _count(usage.get("output_tokens")),
        write_5m + (0 if options.hour_writes else rest),
        write_1h + (rest if options.hour_writes else 0),
        _count(usage.get("cache_read_input_tokens")),
    )


def _rates(
    price: Price, billed: Pass, usage: Mapping[str, Any], options: Options
) -> tuple[Rates, bool]:
    """Return the rates of a pass, and whether they are certain.

    They are not where its way of asking has no price (then the standard one counts), nor where a
    prompt that is longer than the model takes reaches a tier: that is the sum of several prompts,
    none of which may have reached it alone.
    """
    schedule = _schedule(price, usage, options)
    known = schedule is not None
    schedule = schedule or price.standard
    if schedule.tiers and price.max_input_tokens is not None:
        known = known and billed.prompt <= price.max_input_tokens
    rates = schedule.rates(billed.prompt)
    if (usage.get("inference_geo") or options.geo) == "us":
        rates = rates.times(price.us)
    return rates, known


def _schedule(price: Price, usage: Mapping[str, Any], options: Options) -> Schedule | None:
    tier, speed = usage.get("service_tier"), usage.get("speed")
    if tier == "batch" or options.batch:
        return price.batch
    if speed == "fast" or (speed is None and options.fast):
        return price.fast
    return price.standard


def _count(value: object) -> int:
    """A number of tokens; what is none counts for nothing."""
    return value if isinstance(value, int) and value > 0 else 0


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

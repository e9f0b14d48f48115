"""The most that a request can cost, known before it is made.

The input is bounded from above, `max_tokens` bounds the output, and both are priced at the dearest
that the request allows. So Claude itself cannot pass a limit, even if this server dies meanwhile.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from unicodedata import normalize

from .hold import HoldAsk
from .options import Options, UnboundedError
from .prices import Price, Rates, Schedule

Count = Callable[[Mapping[str, Any]], Awaitable[int]]
"""Has the provider count the tokens of a request; raises Refusal."""

REQUEST_TOKENS: Final = 512
"""What the provider may put around a request, generously; seen: below 100."""

MESSAGE_TOKENS: Final = 16
BLOCK_TOKENS: Final = 16
TOOL_SET_TOKENS: Final = 1024
"""The instructions that come with tools; documented: below 600."""

TOOL_TOKENS: Final = 64

COUNTED_PERCENT: Final = 105
COUNTED_TOKENS: Final = 500
"""A count is an estimate, says the provider: this much is put on top."""

TEXT_BLOCKS: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use", "tool_result"})
"""Blocks that are no more tokens than bytes. (What was thought lies in the signature, packed.)"""


def input_bound(ask: HoldAsk) -> int | None:
    """Return the most tokens the prompt can be, None where it takes a count to know.

    What is known of the first messages, plus the bytes of all the rest: a token is never less than
    a byte of text. System prompt and tools count each time, for they may have changed.
    """
    messages = list(ask.request["messages"])[ask.known_messages if ask.known_tokens else 0 :]
    blocks = [block for message in messages for block in _blocks(message)]
    if not all(_is_text(block) for block in blocks):
        return None
    tools = ask.request.get("tools") or ()
    rest = {name: value for name, value in ask.request.items() if name != "messages"}
    return (
        ask.known_tokens
        + _bytes([rest, messages])
        + REQUEST_TOKENS
        + MESSAGE_TOKENS * len(messages)
        + BLOCK_TOKENS * len(blocks)
        + (TOOL_SET_TOKENS if tools else 0)
        + TOOL_TOKENS * len(tools)
    )


async def counted_bound(request: Mapping[str, Any], count: Count) -> int:
    """Return the most tokens the prompt can be, as counted by the provider, with a margin.

    Closer than the bytes, and a request of its own (which costs nothing). Raises Refusal.
    """
    return -(-await count(request) * COUNTED_PERCENT // 100) + COUNTED_TOKENS


def worst_case(price: Price, input_tokens: int, max_tokens: int, options: Options) -> int:
    """Return the most pico-dollars a request can cost: so much input at most, so much output.

    Raises UnboundedError where its price is not known.
    """
    fixed, each = _line(price, input_tokens, options)
    return fixed + max_tokens * each


def affordable(price: Price, input_tokens: int, pico_usd: int, options: Options) -> int:
    """Return the largest `max_tokens` that so much money pays for; below 0: not even the input.

    The exact inverse of `worst_case`. Raises UnboundedError likewise.
    """
    fixed, each = _line(price, input_tokens, options)
    return (pico_usd - fixed) // each


def _line(price: Price, input_tokens: int, options: Options) -> tuple[int, int]:
    """Return what the input and the fees cost at most, and each token of `max_tokens`."""
    runs, prompt, fees = 1, input_tokens, 0
    if options.searches:
        if price.max_input_tokens is None or price.web_search_pico_usd is None:
            raise UnboundedError("tools: web_search")
        # After each search the model runs again, on a prompt that the results have made longer.
        runs = options.searches + 1
        prompt = runs * max(input_tokens, price.max_input_tokens)
        fees = options.searches * price.web_search_pico_usd
    rates = _dearest(price, prompt, options)
    return prompt * _dearest_input(rates, options) + fees, runs * rates.output


def _dearest(price: Price, prompt_tokens: int, options: Options) -> Rates:
    rates = price.standard.dearest(prompt_tokens)
    if options.fast:  # the provider may answer at the standard speed, too
        rates = rates.dearest(_priced(price.fast, "speed").dearest(prompt_tokens))
    if options.geo in (None, "us"):
        rates = rates.times(price.us)
    return rates


def _priced(schedule: Schedule | None, name: str) -> Schedule:
    if schedule is None:
        raise UnboundedError(name)
    return schedule


def _dearest_input(rates: Rates, options: Options) -> int:
    """Return the highest price that a token of the prompt can have."""
    kinds = [rates.input, rates.cache_read]
    if options.writes:
        kinds.append(rates.cache_write_5m)
    if options.hour_writes:
        kinds.append(rates.cache_write_1h)
    return max(kinds)


def _blocks(message: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _is_text(block: Mapping[str, Any]) -> bool:
    if block.get("type") not in TEXT_BLOCKS:
        return False
    inner = block.get("content")
    return isinstance(inner, str | None) or all(_is_text(part) for part in inner)


def _bytes(value: Sequence[Any]) -> int:
    """Return the bytes of all the text in it, and of the JSON around it.

    Some signs become longer when a tokenizer normalises them: the longer form counts.
    """
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii():
        return len(text)
    forms = (text, normalize("NFKC", text))
    return max(len(form.encode("utf-8", "surrogatepass")) for form in forms)

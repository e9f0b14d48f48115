"""The most a request can cost: whatever Claude does within it, it never costs more."""

import json
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.features.budget.bound import affordable, counted_bound, input_bound, worst_case
from server.features.budget.cost import cost_of
from server.features.budget.hold import HoldAsk
from server.features.budget.options import Options, UnboundedError
from server.features.budget.prices import Price, Rates, Schedule, Tier
from server.simulator import tokens

from .pricelist import HAIKU, OPUS, SONNET, price, usage

NOBODY: Final = UUID(int=0)
PROMPT_MAX: Final = 300_000
ROOM_MAX: Final = 64_000

rates = st.builds(Rates, *[st.integers(1, 10**8).map(lambda rate: rate * 1000)] * 5)
schedules = st.builds(
    lambda base, edges, more: Schedule(base, tuple(map(Tier, sorted(edges), more))),
    rates,
    st.sets(st.integers(1, PROMPT_MAX), max_size=2),
    st.lists(rates, min_size=2, max_size=2),
)
prices = st.builds(
    lambda standard, fast, us: Price(
        "m", None, "", edited=False, standard=standard, fast=fast, us_permille=us,
        web_search_pico_usd=10**10, max_input_tokens=PROMPT_MAX,
    ),
    schedules,
    schedules,
    st.sampled_from([None, 1000, 1100, 1500]),
)  # fmt: skip
options = st.builds(
    lambda writes, hour, fast, geo, searches: Options(
        fast=fast, geo=geo, writes=writes or hour, hour_writes=hour, searches=searches
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "us", "global"]),
    st.sampled_from([0, 0, 1, 5]),
)


def asked(
    messages: list[dict[str, Any]],
    known: tuple[int, int] = (0, 0),
    **more: Any,  # noqa: ANN401
) -> HoldAsk:
    """Return a question whose request has these messages, and what is known of it."""
    request = {"model": SONNET, "max_tokens": 4096, "messages": messages, **more}
    return HoldAsk(
        NOBODY, NOBODY, NOBODY, request, *known, question="", wants=False, simulated=True
    )


def said(text: str, role: str = "user") -> dict[str, Any]:
    """Return a message."""
    return {"role": role, "content": [{"type": "text", "text": text}]}


def bill(data: st.DataObject, its: Options, prompt: int, room: int) -> dict[str, Any]:
    """Draw what a request of this kind may be billed: every split of what it may take."""
    runs = its.searches + 1
    most = runs * max(prompt, PROMPT_MAX) if its.searches else prompt
    total = data.draw(st.integers(0, most))
    cuts = sorted(data.draw(st.lists(st.integers(0, total), min_size=3, max_size=3)))
    read, five, hour = cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]
    five, hour = (five if its.writes else 0), (hour if its.hour_writes else 0)
    split = {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour}
    return usage(
        total - read - five - hour,
        data.draw(st.integers(0, room * runs)),
        cache_read_input_tokens=read,
        cache_creation_input_tokens=five + hour,
        cache_creation=split if data.draw(st.booleans()) else None,
        inference_geo=its.geo or data.draw(st.sampled_from(["us", "global", None])),
        speed=data.draw(st.sampled_from(["fast", "standard"])) if its.fast else None,
        server_tool_use={"web_search_requests": data.draw(st.integers(0, its.searches))},
    )


@settings(max_examples=500, deadline=None)  # a slow machine is no mistake
@given(st.data(), prices, options, st.integers(0, PROMPT_MAX), st.integers(1, ROOM_MAX))
def test_no_bill_is_above_the_worst_case(
    data: st.DataObject, its_price: Price, its: Options, prompt: int, room: int
) -> None:
    """Any usage up to the bound and the clamp, at any price, in any way that was asked for."""
    told = bill(data, its, prompt, room)
    cost = cost_of(told, model="m", requested="m", options=its, find={"m": its_price}.get)
    assert cost.pico_usd <= worst_case(its_price, prompt, room, its)


@settings(max_examples=500, deadline=None)
@given(prices, options, st.integers(0, PROMPT_MAX), st.integers(0, 10**16))
def test_what_is_affordable_is_the_exact_inverse(
    its_price: Price, its: Options, prompt: int, pico_usd: int
) -> None:
    """The room that money pays for costs no more than it; one token more would."""
    room = affordable(its_price, prompt, pico_usd, its)
    assert worst_case(its_price, prompt, room, its) <= pico_usd
    assert pico_usd < worst_case(its_price, prompt, room + 1, its)


def test_what_does_not_even_pay_the_input_affords_less_than_nothing() -> None:
    """So that no request is made with a room of none."""
    assert affordable(price(SONNET), 1000, 1000 * 2_200_000 - 1, Options()) == -1
    assert affordable(price(SONNET), 1000, 1000 * 2_200_000, Options()) == 0


@pytest.mark.parametrize(
    ("its", "pico_usd"),
    [
        (Options(geo="global"), 12_000_000_000),  # 1000 x 2 + 1000 x 10
        (Options(), 13_200_000_000),  # the account may compute in the US alone: x 1.1
        (Options(geo="global", writes=True), 12_500_000_000),  # all of it may be written, at 2.5
        (Options(geo="global", writes=True, hour_writes=True), 14_000_000_000),  # … at 4
    ],
)
def test_the_input_is_held_at_the_dearest_that_the_request_allows(
    its: Options, pico_usd: int
) -> None:
    """Sonnet 5.5, a thousand tokens of prompt and of room."""
    assert worst_case(price(SONNET), 1000, 1000, its) == pico_usd


def test_a_prompt_that_may_reach_a_tier_is_held_at_it() -> None:
    """Haiku 5.5: 100,000 x 0.1 + 1000 x 0.5; one token more: 100,001 x 0.5 + 1000 x 2.5."""
    its = Options(geo="global")
    assert worst_case(price(HAIKU), 100_000, 1000, its) == 10_500_000_000
    assert worst_case(price(HAIKU), 100_001, 1000, its) == 52_500_500_000


def test_a_fast_request_is_held_at_the_fast_price() -> None:
    """Opus 5: 1000 x 10 + 1000 x 50."""
    its = Options(geo="global", fast=True)
    assert worst_case(price(OPUS), 1000, 1000, its) == 60_000_000_000


def test_searches_are_held_with_a_context_window_each() -> None:
    """Sonnet 5.5, two searches: 3 x 1,000,000 x 2 + 3 x 1000 x 10 + 2 x 0.01 dollars."""
    its = Options(geo="global", searches=2)
    assert worst_case(price(SONNET), 1000, 1000, its) == 6_050_000_000_000


@pytest.mark.parametrize(
    "more",
    [
        {"mcp_servers": []},
        {"container": "abc"},
        {"context_management": {"edits": []}},
        {"fallbacks": []},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [{"type": "web_search_20260209", "name": "web_search", "max_uses": 1}]},
        {"tools": [{"type": "code_execution_20260120", "name": "code_execution"}]},
        {"tools": [{"type": "advisor_20260301", "model": OPUS}]},
    ],
)
def test_what_has_no_bound_is_not_asked(more: dict[str, Any]) -> None:
    """Advisor, fallback, compaction, MCP connector, containers, searches without an end."""
    with pytest.raises(UnboundedError):
        Options.of(asked([said("Hello")], **more).request)


def test_a_way_of_asking_without_a_price_has_no_bound() -> None:
    """Sonnet 5.5 has no fast price."""
    with pytest.raises(UnboundedError):
        worst_case(price(SONNET), 1, 1, Options(fast=True))


def test_options_are_read_wherever_a_request_says_them() -> None:
    """A cache mark may stand on any block; a search says how often it may be made."""
    marked = {"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    its = Options.of(
        asked(
            [{"role": "user", "content": [marked]}],
            tools=[
                {"name": "add", "input_schema": {}},
                {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
            ],
            inference_geo="global",
            speed="fast",
        ).request
    )
    assert its == Options(fast=True, geo="global", writes=True, hour_writes=True, searches=3)
    assert Options.from_stored(json.loads(json.dumps(its.stored()))) == its


@given(st.lists(st.text(), min_size=1, max_size=5), st.text())
def test_the_bound_is_above_every_count_of_the_text(texts: list[str], system: str) -> None:
    """Above its bytes, above its bytes as a tokenizer may normalise it, above our simulator's."""
    bound = input_bound(asked([said(text) for text in texts], system=system))
    words = "".join((*texts, system))
    assert bound is not None
    for form in (words, normalize("NFKC", words), normalize("NFC", words)):
        assert bound >= len(form.encode("utf-8", "surrogatepass"))
    assert bound >= tokens.count(words)


def test_a_sign_that_grows_when_it_is_normalised_is_held_at_its_length() -> None:
    """Three bytes may stand for thirty-three."""
    bound = input_bound(asked([said("\ufdfa" * 1000)]))
    assert bound is not None
    assert bound >= 33_000


def test_what_is_known_takes_the_place_of_the_bytes() -> None:
    """Of a long conversation only the new question counts by its bytes."""
    messages = [said("x" * 100_000), said("y" * 100_000, "assistant"), said("And now?")]
    bound = input_bound(asked(messages, (40_000, 2)))
    assert bound is not None
    assert 40_000 < bound < 41_000


def test_messages_that_nothing_is_known_of_count_all() -> None:
    """Without a count, none of them is left out."""
    bound = input_bound(asked([said("x" * 100_000), said("y")], (0, 1)))
    assert bound is not None
    assert bound > 100_000


def test_tools_count_though_the_prompt_is_known() -> None:
    """They may have been added since."""
    tools = [{"name": "add", "description": "d" * 5000, "input_schema": {}}]
    bare = input_bound(asked([said("Hi")], (100, 0)))
    equipped = input_bound(asked([said("Hi")], (100, 0), tools=tools))
    assert bare is not None
    assert equipped is not None
    assert equipped - bare > 6000


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {}},
        {"type": "document", "source": {}},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": {}}]},
        {"type": "web_search_tool_result", "content": []},
        {"type": "something_new"},
    ],
)
def test_what_is_not_text_has_to_be_counted(block: dict[str, Any]) -> None:
    """The bytes of a picture say nothing about its tokens."""
    assert input_bound(asked([{"role": "user", "content": [block]}])) is None


def test_a_message_that_is_a_bare_text_is_bounded_as_well() -> None:
    """The API takes a string for a single block."""
    bound = input_bound(asked([{"role": "user", "content": "x" * 5000}]))
    assert bound is not None
    assert bound > 5000


@pytest.mark.asyncio
@pytest.mark.parametrize(("counted", "bound"), [(0, 500), (1, 502), (100, 605), (1000, 1550)])
async def test_a_count_gets_a_margin(counted: int, bound: int) -> None:
    """Five in a hundred, rounded up, and five hundred."""

    async def count(_: object) -> int:
        return counted

    assert await counted_bound({}, count) == bound

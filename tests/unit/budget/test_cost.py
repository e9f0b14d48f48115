"""The rules by which a request costs what it costs, each with an example that was worked by hand.

Prices in dollars per million tokens; one of them is 1,000,000 pico-dollars per token.
"""

from itertools import pairwise

import pytest

from server.core.money import nano_eur_of
from server.core.problems import Refusal
from server.features.budget.cost import cost_of
from server.features.budget.options import Options

from .pricelist import FIND, HAIKU, OPUS, SONNET, reckon, usage


def test_tokens_cost_their_kind() -> None:
    """Sonnet 5.5: 10 x 2 + 20 x 10 + 1000 x 0.1 (read) + 100 x 2.5 (write) = 570 millionths."""
    told = usage(10, 20, cache_read_input_tokens=1000, cache_creation_input_tokens=100)
    cost = reckon(told)
    assert cost.pico_usd == 570_000_000
    assert (cost.input_tokens, cost.output_tokens) == (10, 20)
    assert (cost.cache_read_tokens, cost.cache_write_tokens) == (1000, 100)
    assert cost.priced


@pytest.mark.parametrize(
    ("prompt", "pico_usd"),
    [
        (99_999, 10_499_900_000),  # 99,999 x 0.1 + 1000 x 0.5 = 10,499.9 millionths
        (100_000, 10_500_000_000),  # 100,000 x 0.1 + 1000 x 0.5
        (100_001, 52_500_500_000),  # 100,001 x 0.5 + 1000 x 2.5
    ],
)
def test_a_tier_is_for_more_than_its_edge_and_for_the_whole_request(
    prompt: int, pico_usd: int
) -> None:
    """Haiku 5.5 beyond 100,000 tokens of prompt: everything at the higher rate, output included."""
    assert reckon(usage(prompt, 1000), HAIKU).pico_usd == pico_usd


def test_the_prompt_that_reaches_a_tier_includes_what_was_cached() -> None:
    """1 x 0.5 + 50,000 x 0.05 (read) + 50,000 x 0.625 (write) + 0 = 33,750.5 millionths."""
    told = usage(1, 0, cache_read_input_tokens=50_000, cache_creation_input_tokens=50_000)
    assert reckon(told, HAIKU).pico_usd == 33_750_500_000


def test_a_sum_of_prompts_that_reaches_a_tier_is_an_estimate() -> None:
    """Haiku takes a million tokens: more than that were several prompts, perhaps each below it."""
    assert reckon(usage(1_000_000, 1), HAIKU).priced
    cost = reckon(usage(1_000_001, 0), HAIKU)
    assert (cost.pico_usd, cost.priced) == (500_000_500_000, False)


def test_iterations_replace_the_top_level_each_at_its_own_price() -> None:
    """Two runs of Sonnet 5.5 and an adviser of Opus 5 between them.

    The top level has the runs only: (100 + 200) x 2 + (10 + 20) x 10 = 900 millionths; the
    adviser adds 1000 x 5 + 50 x 25 = 6250.
    """
    told = usage(
        300,
        30,
        iterations=[
            usage(100, 10, type="message"),
            usage(1000, 50, type="advisor_message", model=OPUS),
            usage(200, 20, type="message"),
        ],
    )
    cost = reckon(told)
    assert cost.pico_usd == 7_150_000_000
    assert (cost.input_tokens, cost.output_tokens) == (1300, 80)


def test_a_compaction_is_billed_though_the_top_level_leaves_it_out() -> None:
    """Sonnet 5.5: 90,000 x 2 + 100 x 10 for it, and 150 x 2 + 10 x 10: 181,400 millionths."""
    told = usage(150, 10, iterations=[usage(90_000, 100, type="compaction"), usage(150, 10)])
    assert reckon(told).pico_usd == 181_400_000_000


def test_each_iteration_reaches_a_tier_by_its_own_prompt() -> None:
    """Haiku 5.5: 60,000 x 0.1 twice is 12,000 millionths; together they would be at 0.5."""
    told = usage(120_000, 0, iterations=[usage(60_000, 0), usage(60_000, 0)])
    assert reckon(told, HAIKU).pico_usd == 12_000_000_000


def test_empty_iterations_leave_the_top_level() -> None:
    """An empty list is no bill: 100 x 2 = 200 millionths."""
    assert reckon(usage(100, 0, iterations=[])).pico_usd == 200_000_000


def test_a_cache_write_costs_by_how_long_it_is_kept() -> None:
    """Sonnet 5.5: 100 x 2.5 for five minutes, 10 x 4 for an hour: 290 millionths."""
    split = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 10}
    told = usage(0, 0, cache_creation_input_tokens=110, cache_creation=split)
    assert reckon(told).pico_usd == 290_000_000


@pytest.mark.parametrize(("hour", "pico_usd"), [(False, 275_000_000), (True, 290_000_000)])
def test_a_write_nobody_split_is_kept_as_long_as_the_request_asked(
    hour: bool,  # noqa: FBT001 - a parameter of the table
    pico_usd: int,
) -> None:
    """100 are told to be kept for five minutes; the other 10 cost 2.5, or 4 if an hour was asked.

    So it is where a request ran more than once: only its beginning is split.
    """
    split = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0}
    told = usage(0, 0, cache_creation_input_tokens=110, cache_creation=split)
    assert reckon(told, options=Options(writes=True, hour_writes=hour)).pico_usd == pico_usd


def test_a_web_search_costs_a_cent_and_its_tokens() -> None:
    """Sonnet 5.5: 3 x 0.01 dollars, and 100 x 2 + 10 x 10 = 300 millionths."""
    told = usage(100, 10, server_tool_use={"web_search_requests": 3, "web_fetch_requests": 5})
    cost = reckon(told)
    assert cost.pico_usd == 30_300_000_000
    assert cost.web_searches == 3


def test_a_batch_costs_half_its_tier_included() -> None:
    """Haiku 5.5: 100,001 x 0.25 + 100 x 1.25 = 25,125.25 millionths."""
    told = usage(100_001, 100, service_tier="batch")
    assert reckon(told, HAIKU).pico_usd == 25_125_250_000


def test_fast_costs_double_where_it_has_a_price() -> None:
    """Opus 5: 100 x 10 + 10 x 50 + 1000 x 1 (read) = 2500 millionths."""
    told = usage(100, 10, cache_read_input_tokens=1000, speed="fast")
    assert reckon(told, OPUS).pico_usd == 2_500_000_000


def test_what_the_usage_says_of_the_speed_goes_before_what_was_asked() -> None:
    """Asked to be fast, answered at the standard speed: 100 x 5 = 500 millionths."""
    fast = Options(fast=True)
    assert reckon(usage(100, 0, speed="standard"), OPUS, fast).pico_usd == 500_000_000
    assert reckon(usage(100, 0), OPUS, fast).pico_usd == 1_000_000_000


def test_a_way_of_asking_without_a_price_is_an_estimate() -> None:
    """Sonnet 5.5 has no fast price: 100 x 2, and not to be relied on."""
    cost = reckon(usage(100, 0, speed="fast"))
    assert (cost.pico_usd, cost.priced) == (200_000_000, False)


@pytest.mark.parametrize(
    ("geo", "asked", "pico_usd"),
    [
        ("us", None, 3_300_000_000),  # (1000 x 2 + 100 x 10) x 1.1
        ("global", "us", 3_000_000_000),  # what was done goes before what was asked
        (None, "us", 3_300_000_000),
        ("not_available", None, 3_000_000_000),
        (None, None, 3_000_000_000),
    ],
)
def test_computing_in_the_us_alone_costs_a_tenth_more(
    geo: str | None, asked: str | None, pico_usd: int
) -> None:
    """Sonnet 5.5: token prices are multiplied by 1.1."""
    told = usage(1000, 100, inference_geo=geo)
    assert reckon(told, options=Options(geo=asked)).pico_usd == pico_usd


def test_the_fee_of_a_search_is_the_same_everywhere() -> None:
    """In the US: 1000 x 2 x 1.1 = 2200 millionths and one cent."""
    told = usage(1000, 0, inference_geo="us", server_tool_use={"web_search_requests": 1})
    assert reckon(told).pico_usd == 12_200_000_000


def test_a_model_that_multiplies_nothing_costs_the_same_in_the_us() -> None:
    """Haiku 4.5 is older: 1000 x 1 = 1000 millionths."""
    assert reckon(usage(1000, 0, inference_geo="us"), "claude-haiku-4-5").pico_usd == 1_000_000_000


def test_an_answer_by_a_model_without_a_price_costs_as_the_one_that_was_asked() -> None:
    """Sonnet 5.5 was asked, somebody else answered: 100 x 2 + 10 x 10, estimated."""
    cost = reckon(usage(100, 10), "claude-somebody", requested=SONNET)
    assert (cost.pico_usd, cost.priced) == (300_000_000, False)


def test_a_dated_name_has_the_price_of_its_model() -> None:
    """Haiku 4.5 answers under its dated name: 100 x 1, exact."""
    cost = reckon(usage(100, 0), "claude-haiku-4-5-20251001", requested="claude-haiku-4-5")
    assert (cost.pico_usd, cost.priced) == (100_000_000, True)


def test_nothing_is_reckoned_without_any_price() -> None:
    """Neither the model that answered nor the one that was asked has a price."""
    with pytest.raises(Refusal, match="model_unpriced"):
        cost_of(usage(1, 1), model="x", requested="y", options=Options(), find=FIND)


def test_what_caching_saved_is_reads_less_the_premium_of_writes() -> None:
    """Sonnet 5.5: 1000 x (2 - 0.1) - 100 x (2.5 - 2) - 10 x (4 - 2) = 1830 millionths."""
    split = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 10}
    told = usage(
        0,
        0,
        cache_read_input_tokens=1000,
        cache_creation_input_tokens=110,
        cache_creation=split,
    )
    assert reckon(told).saved_pico_usd == 1_830_000_000


def test_a_cache_that_nobody_read_saved_less_than_nothing() -> None:
    """100 x (2.5 - 2) = 50 millionths lost."""
    assert reckon(usage(0, 0, cache_creation_input_tokens=100)).saved_pico_usd == -50_000_000


@pytest.mark.parametrize("nothing", [None, "many", -5, {}])
def test_what_is_no_count_counts_for_nothing(nothing: object) -> None:
    """Fields that are null, absent or of another form do not break the reckoning."""
    told = usage(
        100, 0, cache_read_input_tokens=nothing, cache_creation=nothing, iterations=nothing
    )
    assert reckon(told).pico_usd == 200_000_000


def test_euros_are_rounded_up_once_per_request() -> None:
    """One token of a haiku's cache read in a batch, 5000 pico-dollars, at 1.0850 dollars.

    5 / 1.085 = 4.608 nano-euros are 5. Three runs in one request are 13.82, so 14 and not 15.
    """
    batch = {"input_tokens": 0, "output_tokens": 0, "cache_read_input_tokens": 1}
    one = reckon({**batch, "service_tier": "batch"}, HAIKU)
    three = reckon({**batch, "service_tier": "batch", "iterations": [batch, batch, batch]}, HAIKU)
    assert (one.pico_usd, three.pico_usd) == (5_000, 15_000)
    assert nano_eur_of(one.pico_usd, 1_085_000) == 5
    assert nano_eur_of(three.pico_usd, 1_085_000) == 14


def test_more_tokens_never_cost_less() -> None:
    """Around the edge of a tier, too."""
    costs = [reckon(usage(prompt, 10), HAIKU).pico_usd for prompt in range(99_990, 100_010)]
    assert all(less < more for less, more in pairwise(costs))

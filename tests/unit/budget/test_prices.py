"""Prices: the list that comes with us, what cannot be one, and what administrators edit."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.wire.money import PriceAsk
from server.core.errors import StartError
from server.core.problems import Refusal
from server.features.budget.price_edit import edited
from server.features.budget.price_file import entry_of, price_of, read_prices
from server.features.budget.prices import Price, PriceBook, PriceEdit, Rates, Schedule

from .pricelist import FILE, HAIKU, NOW, OPUS, SONNET, price

LIST: Final = """
collected: 2026-11-20
note: Collected by hand.
sources: [a letter]
aliases: { m-20260101: m }
models:
  m:
    - standard:
        - { input: 3, output: 15, cache_write_5m: 3.75, cache_write_1h: 6, cache_read: 0.3 }
      source: a letter
"""
ASK: Final[dict[str, Any]] = {
    "input": "3",
    "output": "15",
    "cache_write_5m": "3.75",
    "cache_write_1h": "6",
    "cache_read": "0.3",
    "source": "a letter",
}


def written(folder: Path, text: str) -> Path:
    """Write a list down and return where."""
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# ── the list that comes with us ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("model", "rates"),
    [
        (SONNET, Rates(2_000_000, 10_000_000, 2_500_000, 4_000_000, 100_000)),
        (HAIKU, Rates(100_000, 500_000, 125_000, 200_000, 10_000)),
        (OPUS, Rates(5_000_000, 25_000_000, 6_250_000, 10_000_000, 500_000)),
        ("claude-opus-5-5", Rates(4_000_000, 20_000_000, 5_000_000, 8_000_000, 200_000)),
        ("claude-fable-5-1", Rates(10_000_000, 50_000_000, 12_500_000, 20_000_000, 250_000)),
        ("claude-haiku-4-5", Rates(1_000_000, 5_000_000, 1_250_000, 2_000_000, 100_000)),
    ],
)
def test_a_rate_is_exact_to_the_pico_dollar(model: str, rates: Rates) -> None:
    """What is written as 0.01 dollars per million is 10,000 pico-dollars per token."""
    assert price(model).standard.base == rates


def test_the_list_says_when_and_where_it_was_collected() -> None:
    """And that it is not the provider's word; each price names its sources."""
    assert FILE.collected == date(2026, 11, 20)
    assert "not Anthropic's word" in FILE.note
    assert all(entry.source for entries in FILE.models.values() for entry in entries)


def test_what_every_batch_and_fast_price_has_to_do_with_the_standard_one() -> None:
    """A batch is half, fast is double, tier by tier: a slip of the pen would show."""
    for entries in FILE.models.values():
        for entry in entries:
            standard = [rates.each() for _, rates in entry.standard.every()]
            for way, times in ((entry.batch, 1), (entry.fast, 4)):
                rows = [rates.each() for _, rates in way.every()] if way else []
                for row, base in zip(rows, standard, strict=bool(rows)):
                    assert {kind: 2 * rate for kind, rate in row.items()} == {
                        kind: times * rate for kind, rate in base.items()
                    }


@pytest.mark.parametrize(
    ("model", "moment", "read"),
    [
        (SONNET, datetime(2026, 10, 6, 23, 59, 59, tzinfo=UTC), 200_000),
        (SONNET, datetime(2026, 10, 7, tzinfo=UTC), 100_000),
        (SONNET, datetime(2020, 1, 1, tzinfo=UTC), 200_000),
    ],
)
def test_a_price_that_changed_has_been_what_it_was(model: str, moment: datetime, read: int) -> None:
    """Sonnet 5.5's cache reads: 0.2 until 2026-10-07, 0.1 from then on."""
    found = PriceBook(FILE).find(model, moment)
    assert found is not None
    assert found.standard.base.cache_read == read


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-4-6"])
def test_a_tier_that_was_given_up_was_there_before(model: str) -> None:
    """Beyond 200,000 tokens, until 2026-03-13."""
    book = PriceBook(FILE)
    before = book.find(model, datetime(2026, 3, 12, 12, tzinfo=UTC))
    after = book.find(model, datetime(2026, 3, 13, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert [tier.over for tier in before.standard.tiers] == [200_000]
    assert after.standard.tiers == ()


def test_a_dated_name_is_its_model() -> None:
    """Claude answers under the dated name."""
    found = price("claude-sonnet-4-5-20250929")
    assert found.model == "claude-sonnet-4-5"
    assert found.retires == date(2026, 11, 30)


def test_every_price_is_listed_once() -> None:
    """By the models' own names, in order."""
    listed = [each.model for each in PriceBook(FILE).all(NOW)]
    assert listed == sorted(FILE.models)


# ── what cannot be a price ──────────────────────────────────────────────────────────────────────


def test_a_list_of_ones_own_is_read(tmp_path: Path) -> None:
    """The same form, and a figure is what is written."""
    book = PriceBook(read_prices(written(tmp_path, LIST)))
    found = book.find("m-20260101", NOW)
    assert found is not None
    assert found.standard.base == Rates(3_000_000, 15_000_000, 3_750_000, 6_000_000, 300_000)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("input: 3,", "input: -3,", "models.m.0.standard.0.input"),
        ("input: 3,", "input: 0,", "models.m.0.standard.0.input"),
        ("input: 3,", "input: three,", "models.m.0.standard.0.input"),
        ("input: 3,", "input: .inf,", "models.m.0.standard.0.input"),
        ("input: 3,", "", "models.m.0.standard.0.input"),
        ("input: 3,", "inputs: 3, input: 3,", "models.m.0.standard.0.inputs"),
        ("input: 3,", "input: 0.0000001,", "models.m: standard.0.input: it is not a whole number"),
        (
            "      source: a letter\n",
            "      us_multiplier: 1.0001\n      source: a letter\n",
            "models.m: us_multiplier: it is not a whole number",
        ),
        (
            "input: 3,",
            "input: 0.000003,",
            "models.m: standard.input: with us_multiplier it is not a whole number",
        ),
        ("input: 3,", "over: 5, input: 3,", "models.m: standard.over"),
        ("m-20260101: m", "m-20260101: n", "aliases.m-20260101"),
        ("m-20260101: m", "m: m", "aliases.m"),
        ("collected: 2026-11-20", "collected: yesterday", "collected"),
        ("      source: a letter\n", "", "models.m.0.source"),
        ("models:", "modles:", "models"),
        ("{ input", "[ input", "not valid YAML"),
    ],
)
def test_a_list_that_is_not_right_stops_the_start(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    """It says which file, which model and which field."""
    text = LIST.replace("      source", "      us_multiplier: 1.1\n      source", 1)
    if "us_multiplier" in new:
        text = LIST
    assert old in text
    with pytest.raises(StartError, match=re.escape(told)) as stopped:
        read_prices(written(tmp_path, text.replace(old, new, 1)))
    assert "prices.yaml" in str(stopped.value)


def test_a_list_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(StartError, match=r"none\.yaml"):
        read_prices(tmp_path / "none.yaml")


def test_entries_of_a_model_stand_with_the_oldest_first(tmp_path: Path) -> None:
    """Else it would not be clear which one counts."""
    entry = LIST[LIST.index("    - standard") :]
    with pytest.raises(StartError, match=r"models\.m\.valid_from"):
        read_prices(written(tmp_path, LIST + entry))


# ── edits ───────────────────────────────────────────────────────────────────────────────────────


def edit(at: datetime, model: str, rate: int) -> PriceEdit:
    """Return an edit that makes every kind of token cost the same."""
    rates = Rates(*[rate] * 5)
    return PriceEdit(at, Price(model, None, "", edited=True, standard=Schedule(rates)))


def test_an_edit_counts_after_its_moment_and_history_is_kept() -> None:
    """Before and at it the list counts, after it the edit, after the next one that."""
    book = PriceBook(FILE)
    later = NOW + timedelta(hours=1)
    book.add([edit(later, SONNET, 2), edit(NOW, SONNET, 1)])
    inputs = [
        found.standard.base.input
        for moment in (NOW, NOW + timedelta(microseconds=1), later, later + timedelta(days=900))
        if (found := book.find(SONNET, moment)) is not None
    ]
    assert inputs == [2_000_000, 1, 1, 2]


def test_what_was_looked_up_for_a_moment_stays_so() -> None:
    """A hold keeps the list of its moment, whatever is edited while its answer is written."""
    book = PriceBook(FILE)
    find = book.at(NOW + timedelta(hours=1))
    book.add([edit(NOW, SONNET, 1)])
    found = find(SONNET)
    assert found is not None
    assert not found.edited


def test_an_edit_of_a_model_counts_for_its_dated_name() -> None:
    """And a model that was added has a price, too."""
    book = PriceBook(FILE)
    book.add([edit(NOW, "claude-haiku-4-5", 7), edit(NOW, "claude-new", 8)])
    find = book.at(NOW + timedelta(hours=1))
    for name, rate in (("claude-haiku-4-5-20251001", 7), ("claude-new", 8)):
        found = find(name)
        assert found is not None
        assert found.standard.base.input == rate
    assert len(book.all(NOW + timedelta(hours=1))) == len(FILE.models) + 1


def test_the_rest_of_a_price_keeps_its_proportion_to_what_was_edited() -> None:
    """Haiku 5.5 at twice its input: so are its tier and its batch; the other kinds stay."""
    ask = PriceAsk(
        input="0.2", output="0.5", cache_write_5m="0.125", cache_write_1h="0.2",
        cache_read="0.01", source="a letter",
    )  # fmt: skip
    now = edited(HAIKU, ask, price(HAIKU), NOW.date())
    before = price(HAIKU)
    assert now.standard.base == Rates(200_000, 500_000, 125_000, 200_000, 10_000)
    assert now.standard.tiers[0].rates == Rates(1_000_000, 2_500_000, 625_000, 1_000_000, 50_000)
    assert now.batch is not None
    assert now.batch.base == Rates(100_000, 250_000, 62_500, 100_000, 5_000)
    assert now.batch.tiers[0].rates.input == 500_000
    assert (now.edited, now.source, now.valid_from) == (True, "a letter", NOW.date())
    assert now.us_permille == before.us_permille
    assert now.web_search_pico_usd == before.web_search_pico_usd
    assert now.max_input_tokens == before.max_input_tokens


def test_fast_stays_double() -> None:
    """Opus 5 at three dollars: fast at six."""
    now = edited(OPUS, PriceAsk(**ASK), price(OPUS), NOW.date())
    assert now.fast is not None
    assert now.fast.base == Rates(6_000_000, 30_000_000, 7_500_000, 12_000_000, 600_000)


def test_a_model_that_is_added_is_a_tenth_dearer_in_the_us() -> None:
    """As all newer ones are; a batch or fast price is not invented."""
    now = edited("claude-new", PriceAsk(**ASK), None, NOW.date())
    assert (now.batch, now.fast, now.us_permille) == (None, None, 1100)
    assert now.web_search_pico_usd is None


@pytest.mark.parametrize(
    ("more", "fee"),
    [({}, 10**10), ({"web_search_per_1000": "12.5"}, 12_500_000_000),
     ({"web_search_per_1000": None}, None)],
)  # fmt: skip
def test_the_fee_of_a_search_stays_unless_the_edit_speaks_of_it(
    more: dict[str, Any], fee: int | None
) -> None:
    """Null says that the model cannot search."""
    now = edited(SONNET, PriceAsk(**ASK, **more), price(SONNET), NOW.date())
    assert now.web_search_pico_usd == fee


@pytest.mark.parametrize(
    ("model", "more", "told"),
    [
        (SONNET, {"input": "0"}, "input"),
        (SONNET, {"cache_read": "0.000000"}, "cache_read"),
        ("claude-haiku-4-5", {"input": "0.000005"}, "input: batch"),  # half is no pico-dollar
        ("claude-new", {"input": "0.000005"}, "input"),  # nor is eleven tenths
        (SONNET, {"web_search_per_1000": "0"}, "web_search_per_1000"),
        ("a model", {}, "model"),
        ("", {}, "model"),
    ],
)
def test_an_edit_that_is_no_price_is_refused(model: str, more: dict[str, Any], told: str) -> None:
    """With the field; nothing is rounded in silence."""
    ask = PriceAsk(**{**ASK, **more})
    with pytest.raises(Refusal) as refusal:
        edited(model, ask, FILE.models.get(model, [None])[-1], NOW.date())
    assert refusal.value.code == "invalid"
    assert told in refusal.value.facts["fields"]


@given(st.sampled_from(sorted(FILE.models)))
def test_a_price_is_the_same_after_it_was_written_down(model: str) -> None:
    """What an edit stores is an entry of the file, and comes back as it was."""
    for entry in FILE.models[model]:
        assert price_of(model, entry_of(entry), edited=False) == entry

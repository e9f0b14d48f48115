"""Prices and rates as people meet them: on a real database, across a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from schema.tables.budget import LedgerStateRow, PriceRow, SpendingLimitRow
from schema.wire.money import AnswerTokens, PriceAsk, RateAsk
from server.core.errors import StartError
from server.core.problems import Refusal
from server.features.budget.answers import Answers
from server.features.budget.limits import give_starting_limits
from server.features.budget.periods import PeriodBook
from server.features.budget.prices import PriceBook
from server.features.budget.pricing import Pricing
from server.features.budget.rates import RateBook
from server.features.budget.store import audit, state
from server.features.budget.tags import Tagged, TagParts, Tags
from server.store import Database
from tests.people import MIGRATIONS

from .bank import appoint
from .pricelist import FILE, NOW, SONNET

pytestmark = pytest.mark.asyncio

ALICE: Final = UUID("019aa5a0-0000-7000-8000-0000000a11ce")
BOB: Final = UUID("019aa5a0-0000-7000-8000-00000000b0b0")
GARDEN: Final = UUID("019aa5a0-0000-7000-8000-000000009a8d")

HOLIDAY: Final[dict[str, Any]] = {
    "input": "1.5",
    "output": "7.5",
    "cache_write_5m": "1.875",
    "cache_write_1h": "3",
    "cache_read": "0.075",
    "source": "a newsletter",
}
RATE: Final[dict[str, Any]] = {
    "usd_per_eur": "1.0850",
    "date": "2026-11-20",
    "source": "the bank",
}


@dataclass
class Shop:
    """Prices on a real database, and a clock that somebody moves."""

    database: Database
    book: PriceBook
    rates: RateBook
    answers: Answers
    now: datetime = NOW
    changes: int = 0

    def __post_init__(self) -> None:
        parts = TagParts(
            clock=self.clock,
            book=self.book,
            rates=self.rates,
            answers=self.answers,
            periods=PeriodBook("Europe/Paris"),
        )
        self.tags = Tags(parts, Tagged(SONNET, 8192, simulated=True))
        self.pricing = Pricing(
            database=self.database,
            clock=self.clock,
            book=self.book,
            rates=self.rates,
            tags=self.tags,
        )
        self.pricing.on_changed = self.on_changed

    def clock(self) -> datetime:
        return self.now

    def on_changed(self) -> None:
        self.changes += 1

    def input_rate(self, moment: datetime) -> int:
        """Return what a token of Sonnet's prompt cost then."""
        found = self.book.find(SONNET, moment)
        assert found is not None
        return found.standard.base.input


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    """Open everything as a start does."""
    database = Database(folder, MIGRATIONS)
    await database.open()
    shop = Shop(database, PriceBook(FILE), RateBook(), Answers())
    try:
        await shop.pricing.open()
        yield shop
    finally:
        await database.close()


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Open a new instance."""
    async with opened(tmp_path) as shop:
        yield shop


async def test_the_list_shows_every_price_and_where_it_comes_from(shop: Shop) -> None:
    """Texts to the last digit, the day it was collected, and the rate that stands in."""
    shown = await shop.pricing.price_list()
    haiku = next(price for price in shown.prices if price.model == "claude-haiku-5-5")
    assert (haiku.input, haiku.cache_read, haiku.us_multiplier) == ("0.1", "0.01", "1.1")
    assert [(tier.prompt_tokens_over, tier.output) for tier in haiku.tiers] == [(100_000, "2.5")]
    assert haiku.batch is not None
    assert haiku.batch.cache_read == "0.005"
    assert (haiku.web_search_per_1000, haiku.max_output_tokens) == ("10", 128_000)
    assert (haiku.valid_from, haiku.edited) == ("2026-11-20", False)
    sonnet = next(price for price in shown.prices if price.model == SONNET)
    assert sonnet.valid_from == "2026-10-07"
    assert (shown.collected, len(shown.prices)) == ("2026-11-20", len(FILE.models))
    assert (shown.rate.usd_per_eur, shown.rate.stand_in) == ("1", True)


async def test_a_price_that_is_set_counts_at_once_and_is_written_down(shop: Shop) -> None:
    """Without a restart; what was held before keeps the old one; the devices are told."""
    shown = await shop.pricing.set_price(ALICE, SONNET, PriceAsk(**HOLIDAY))
    assert (shown.input, shown.edited, shown.source) == ("1.5", True, "a newsletter")
    assert shown.batch is not None
    assert shown.batch.input == "0.75"
    assert shop.input_rate(NOW) == 2_000_000
    assert shop.input_rate(NOW + timedelta(seconds=1)) == 1_500_000
    assert shop.changes == 1
    (entry,) = await audit.newest(1)
    assert (entry.event, entry.user_id, entry.facts["model"]) == ("price_set", ALICE, SONNET)
    assert entry.facts["before"]["standard"][0]["input"] == "2"
    assert entry.facts["after"]["standard"][0]["input"] == "1.5"


async def test_the_list_shows_an_edit_at_once(shop: Shop) -> None:
    """Though the clock has not moved since."""
    await shop.pricing.set_price(ALICE, "claude-new", PriceAsk(**HOLIDAY))
    shown = await shop.pricing.set_rate(ALICE, RateAsk(**RATE))
    assert [price.edited for price in shown.prices if price.model == "claude-new"] == [True]
    assert (shown.rate.usd_per_eur, shown.rate.stand_in) == ("1.085", False)


async def test_an_edit_of_a_dated_name_is_one_of_its_model(shop: Shop) -> None:
    """Both names have one price."""
    shown = await shop.pricing.set_price(ALICE, "claude-haiku-4-5-20251001", PriceAsk(**HOLIDAY))
    assert shown.model == "claude-haiku-4-5"


async def test_edits_are_there_after_a_restart_with_their_history(tmp_path: Path) -> None:
    """What was spent keeps the price it was made with, for good."""
    async with opened(tmp_path) as shop:
        await shop.pricing.set_price(ALICE, SONNET, PriceAsk(**HOLIDAY))
        shop.now += timedelta(days=1)
        await shop.pricing.set_price(ALICE, SONNET, PriceAsk(**{**HOLIDAY, "input": "1"}))
        await shop.pricing.set_rate(ALICE, RateAsk(**RATE))
    async with opened(tmp_path) as shop:
        moments = [NOW + timedelta(hours=hours) for hours in (0, 1, 24, 25)]
        assert [shop.input_rate(moment) for moment in moments] == [
            2_000_000,
            1_500_000,
            1_500_000,
            1_000_000,
        ]
        assert shop.rates.rate(NOW + timedelta(days=2)).usd_per_eur_micro == 1_085_000
        assert shop.rates.rate(NOW).stand_in


async def test_an_edit_counts_after_all_that_was_held_though_the_clock_went_back(
    shop: Shop,
) -> None:
    """The newest hold is an hour ahead of the clock: it keeps its price."""
    ahead = NOW + timedelta(hours=1)
    await state.read()
    await LedgerStateRow.filter(id=state.ROW).update(last_at=ahead)
    await shop.pricing.set_price(ALICE, SONNET, PriceAsk(**HOLIDAY))
    assert shop.input_rate(ahead) == 2_000_000
    assert shop.input_rate(ahead + timedelta(microseconds=1)) == 1_500_000


async def test_a_rate_that_is_set_is_written_down(shop: Shop) -> None:
    """With its day and its source; its age is shown."""
    shop.now += timedelta(days=3)
    shown = await shop.pricing.set_rate(ALICE, RateAsk(**RATE))
    assert (shown.rate.date, shown.rate.source, shown.rate.age_days) == (
        "2026-11-20",
        "the bank",
        3,
    )
    (entry,) = await audit.newest(1)
    assert entry.event == "rate_set"
    assert entry.facts == {
        "before": None,
        "after": "1.085",
        "date": "2026-11-20",
        "source": "the bank",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("usd_per_eur", "0.4"), ("usd_per_eur", "2.1"), ("date", "2026-11-31"),
     ("date", "2026-11-22")],
)  # fmt: skip
async def test_a_rate_that_cannot_be_one_is_refused(shop: Shop, field: str, value: str) -> None:
    """Dollars and euros the wrong way round, a day that is none, a day ahead."""
    with pytest.raises(Refusal) as refusal:
        await shop.pricing.set_rate(ALICE, RateAsk(**{**RATE, field: value}))
    assert refusal.value.code == "invalid"
    assert refusal.value.facts["fields"].startswith(field)
    assert shop.rates.rate(NOW + timedelta(days=9)).stand_in


async def test_a_price_that_cannot_be_one_changes_nothing(shop: Shop) -> None:
    """Neither the list nor the database."""
    with pytest.raises(Refusal):
        await shop.pricing.set_price(ALICE, SONNET, PriceAsk(**{**HOLIDAY, "input": "0"}))
    assert shop.input_rate(NOW + timedelta(days=1)) == 2_000_000
    assert await PriceRow.all().count() == 0
    assert await audit.newest(1) == []


async def test_a_stored_price_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """With its model: nothing is called at a price that nobody knows."""
    async with opened(tmp_path):
        await PriceRow.create(model="m", price={"standard": []}, source="?", at=NOW, set_by=BOB)
    with pytest.raises(StartError, match="for m on 2026-11-20"):
        async with opened(tmp_path):
            pass


async def test_a_tag_says_what_the_next_question_costs(shop: Shop) -> None:
    """Sonnet 5.5 at 1.0850 dollars: 2 and 10 dollars are 1.84 and 9.22 euros, rounded up."""
    await shop.pricing.set_rate(ALICE, RateAsk(**RATE))
    tag = await shop.pricing.tag(BOB, None, None)
    assert tag.model == SONNET
    assert tag.input_nano_eur_per_million == 1_843_317_973
    assert tag.output_nano_eur_per_million == 9_216_589_862
    assert (tag.known_tokens, tag.max_tokens, tag.simulated) == (0, 8192, True)
    assert (tag.measured, tag.answer_tokens) == (
        False,
        AnswerTokens(short=100, usual=500, long=2000),
    )


async def test_a_tag_knows_the_newest_answers_of_its_model(shop: Shop) -> None:
    """The 10th, 50th and 90th in a hundred of those that were seen."""
    for tokens in range(10, 210, 10):
        shop.answers.add(SONNET, tokens)
    tag = await shop.pricing.tag(BOB, None, SONNET)
    assert (tag.measured, tag.answer_tokens) == (True, AnswerTokens(short=30, usual=110, long=190))


async def test_a_tag_knows_the_conversation_and_its_tier(shop: Shop) -> None:
    """Haiku 5.5 with a prompt beyond its tier costs five times as much."""

    async def known(user: UUID, conversation: UUID, model: str) -> int:
        assert (user, conversation, model) == (BOB, GARDEN, "claude-haiku-5-5")
        return 100_001

    shop.tags.known_tokens = known
    tag = await shop.pricing.tag(BOB, GARDEN, "claude-haiku-5-5")
    assert (tag.known_tokens, tag.input_nano_eur_per_million) == (100_001, 500_000_000)


async def test_a_tag_says_what_is_left_below_the_tightest_limit(shop: Shop) -> None:
    """Two euros for the day, twenty for the month; where limits only warn there is no such."""
    await shop.database.write(lambda: give_starting_limits(200, 2000, NOW))
    assert (await shop.pricing.tag(BOB, None, None)).left_nano_eur is None  # not his to know
    await appoint(BOB)
    assert (await shop.pricing.tag(BOB, None, None)).left_nano_eur == 2_000_000_000
    await SpendingLimitRow.filter(scope="instance").update(armed=False)
    assert (await shop.pricing.tag(BOB, None, None)).left_nano_eur is None


async def test_there_is_no_tag_for_a_model_without_a_price(shop: Shop) -> None:
    """It is never called."""
    with pytest.raises(Refusal, match="model_unpriced"):
        await shop.pricing.tag(BOB, None, "claude-nobody")

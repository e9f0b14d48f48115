"""Prices and the exchange rate over HTTP; reconciliation where there is no admin key."""

import pytest

from tests.people import ALICE, BOB

from .bank import MODEL, Bank, refused

pytestmark = pytest.mark.asyncio

PRICE = {
    "input": "1",
    "output": "5.5",
    "cache_write_5m": "1.25",
    "cache_write_1h": "2",
    "cache_read": "0.1",
    "source": "the invoice of November",
}


async def test_a_price_that_is_set_counts_at_once(bank: Bank) -> None:
    """It is in the list, marked as edited, and in the price tag that Bob sees; it is audited."""
    before = (await bank.get(BOB, "/monitor/price")).json()
    answer = (await bank.put(ALICE, f"/monitor/prices/{MODEL}", PRICE)).json()
    assert (answer["output"], answer["edited"], answer["source"]) == (
        "5.5",
        True,
        "the invoice of November",
    )
    bank.clock.pass_time(seconds=1)
    after = (await bank.get(BOB, "/monitor/price")).json()
    assert after["output_nano_eur_per_million"] == 5_500_000_000
    assert before["output_nano_eur_per_million"] != after["output_nano_eur_per_million"]
    listed = (await bank.get(ALICE, "/monitor/prices")).json()["prices"]
    assert [each["output"] for each in listed if each["model"] == MODEL] == ["5.5"]
    (entry,) = (await bank.get(ALICE, "/monitor/audit")).json()["entries"]
    assert (entry["event"], entry["username"]) == ("price_set", "Alice")


async def test_a_model_can_be_added(bank: Bank) -> None:
    """One without a price has no price tag; with one it has."""
    unpriced = await bank.get(BOB, "/monitor/price", model="claude-next")
    assert refused(unpriced) == (422, "model_unpriced")
    await bank.put(ALICE, "/monitor/prices/claude-next", PRICE)
    bank.clock.pass_time(seconds=1)
    tag = (await bank.get(BOB, "/monitor/price", model="claude-next")).json()
    assert (tag["model"], tag["input_nano_eur_per_million"]) == ("claude-next", 1_000_000_000)


@pytest.mark.parametrize(
    "wrong", [{"input": "-1"}, {"input": 1}, {"output": "1e3"}, {"source": ""}, {"currency": "EUR"}]
)
async def test_a_price_that_is_none(bank: Bank, wrong: dict[str, object]) -> None:
    """It is refused, and the list stays as it was."""
    before = (await bank.get(ALICE, "/monitor/prices")).json()
    answer = await bank.put(ALICE, f"/monitor/prices/{MODEL}", PRICE | wrong)
    assert refused(answer) == (422, "invalid")
    assert (await bank.get(ALICE, "/monitor/prices")).json() == before


async def test_a_rate_that_is_set_counts_at_once(bank: Bank) -> None:
    """Dollars are worth less in euros then, and the screen says whose rate it is."""
    before = (await bank.get(BOB, "/monitor/price")).json()["output_nano_eur_per_million"]
    rate = {"usd_per_eur": "1.25", "date": "2026-11-20", "source": "the bank"}
    listed = (await bank.put(ALICE, "/monitor/rate", rate)).json()["rate"]
    assert listed == {
        "usd_per_eur": "1.25",
        "date": "2026-11-20",
        "source": "the bank",
        "age_days": 1,
        "stand_in": False,
    }
    bank.clock.pass_time(seconds=1)
    after = (await bank.get(BOB, "/monitor/price")).json()["output_nano_eur_per_million"]
    assert after == before * 4 // 5


@pytest.mark.parametrize(
    "wrong", [{"usd_per_eur": "0"}, {"date": "2026-02-30"}, {"date": "2026-12-24"}, {"rate": "1"}]
)
async def test_a_rate_that_is_none(bank: Bank, wrong: dict[str, str]) -> None:
    """It is refused, and the stand-in still counts."""
    rate = {"usd_per_eur": "1.25", "date": "2026-11-20", "source": "the bank"} | wrong
    assert refused(await bank.put(ALICE, "/monitor/rate", rate)) == (422, "invalid")
    assert (await bank.get(ALICE, "/monitor/prices")).json()["rate"]["stand_in"] is True


async def test_without_an_admin_key_nothing_is_reconciled(bank: Bank) -> None:
    """Both addresses say that it is not ready."""
    nothing: dict[str, object] = {"ready": False, "checked_at": None, "days": [], "problem": None}
    assert (await bank.get(ALICE, "/monitor/reconciliation")).json() == nothing
    assert (await bank.post(ALICE, "/monitor/reconciliation")).json() == nothing

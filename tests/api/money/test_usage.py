"""What was spent, over HTTP: as JSON, and as a file."""

import pytest

from tests.people import ALICE, BOB

from .bank import Bank

pytestmark = pytest.mark.asyncio


async def test_a_report_as_a_file(bank: Bank) -> None:
    """It is named after its days, and is in the language of who asked."""
    await bank.spend(BOB, 1_234)
    response = await bank.get(ALICE, "/monitor/usage/monthly", format="csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == (
        'attachment; filename="claude-rasp-2026-11-01-2026-11-21.csv"'
    )
    header, row = response.content.decode("utf-8-sig").splitlines()
    assert header.startswith("Jour;Personne;Modèle;")
    assert row == "2026-11-21;Bob;claude-x;1;0;0;0;0;0;0,000001234;0,000000000;0,000000000"
    english = await bank.get(BOB, "/monitor/usage/daily", format="csv")
    assert "2026-11-21,Bob,claude-x,1,0,0,0,0,0,0.000001234" in english.text


async def test_a_report_as_json(bank: Bank) -> None:
    """Everybody for Alice, himself for Bob, the running month with a forecast."""
    await bank.spend(BOB, 5)
    await bank.spend(ALICE, 7)
    for person, total in ((ALICE, 12), (BOB, 5)):
        report = (await bank.get(person, "/monitor/usage/monthly")).json()
        assert report["total"]["cost_nano_eur"] == total
        assert report["by_day"][-1]["cost_nano_eur"] == total
        assert report["forecast"]["likely_nano_eur"] == total * 10
        assert len(report["by_day"]) == 21
    days = (await bank.get(BOB, "/monitor/usage/daily", first="2026-11-20")).json()
    assert [day["key"] for day in days["by_day"]] == ["2026-11-20", "2026-11-21"]
    assert days["forecast"] is None

"""Alerts over HTTP: one's own only, seen once, and chosen."""

import pytest

from tests.people import ALICE, BOB, CHARLIE

from .bank import Bank, refused

pytestmark = pytest.mark.asyncio


async def test_one_sees_ones_own_alerts(bank: Bank) -> None:
    """Bob's is in his list, unseen, and in nobody else's; nobody else can mark it."""
    tried = (await bank.post(BOB, "/monitor/alerts/test", {"channel": "app"})).json()
    assert tried["ok"] is True
    mine = (await bank.get(BOB, "/monitor/alerts")).json()
    ((alert,), unseen) = mine["alerts"], mine["unseen"]
    assert (alert["kind"], alert["seen"], unseen) == ("test", False, 1)
    for other in (ALICE, CHARLIE):
        assert (await bank.get(other, "/monitor/alerts")).json() == {"alerts": [], "unseen": 0}
        seen = await bank.post(other, f"/monitor/alerts/{alert['id']}/seen")
        assert refused(seen) == (404, "not_found")
    for _ in range(2):
        assert (await bank.post(BOB, f"/monitor/alerts/{alert['id']}/seen")).status_code == 204
    assert (await bank.get(BOB, "/monitor/alerts")).json()["unseen"] == 0


async def test_one_chooses_ones_alerts(bank: Bank) -> None:
    """What is absent stays; others keep theirs; limits and their revision are not touched."""
    usual = (await bank.get(BOB, "/monitor/alerts/settings")).json()
    assert (usual["alert_70"], usual["alert_90"], usual["alert_mail"]) == (True, True, True)
    chosen = (await bank.put(BOB, "/monitor/alerts/settings", {"alert_70": False})).json()
    assert chosen == usual | {"alert_70": False}
    assert (await bank.put(BOB, "/monitor/alerts/settings", {})).json() == chosen
    assert (await bank.get(CHARLIE, "/monitor/alerts/settings")).json()["alert_70"] is True
    body = {"daily_nano_eur": 7, "monthly_nano_eur": None}
    await bank.put(BOB, "/monitor/limits", body)
    assert (await bank.get(BOB, "/monitor/alerts/settings")).json() == chosen


async def test_without_a_mail_server_a_test_says_so(bank: Bank) -> None:
    """Nothing is sent, and what is missing is told in the reader's language."""
    tried = (await bank.post(ALICE, "/monitor/alerts/test", {"channel": "mail"})).json()
    assert tried["ok"] is False
    assert "mail.host" in tried["detail"]

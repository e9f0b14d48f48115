"""The red button and the state of the limits, as each person sees them."""

from typing import Any

import pytest

from server.core.money import NANO
from server.core.problems import Refusal
from tests.people import ALICE, BOB, Person

from .bank import Bank

pytestmark = pytest.mark.asyncio


async def status(bank: Bank, person: Person) -> dict[str, Any]:
    """Return where the limits stand for a person."""
    found: dict[str, Any] = (await bank.get(person, "/monitor/status")).json()
    return found


async def limits(bank: Bank, person: Person) -> dict[tuple[str, str], int | None]:
    """Return the limits a person is shown."""
    scopes = (await status(bank, person))["scopes"]
    return {(each["scope"], each["period"]): each["limit_nano_eur"] for each in scopes}


async def test_the_red_button_is_seen_by_everybody(bank: Bank) -> None:
    """Pulled, running answers are cut, calls are refused, and everybody sees why; lifted, not."""
    pulled = {"pulled": True, "reason": "  the bill looks odd "}
    answer = (await bank.post(ALICE, "/monitor/kill-switch", pulled)).json()
    assert (answer["tripped"], answer["trip"]) == (True, "hand")
    assert bank.cut == ["the bill looks odd"]
    bobs = await status(bank, BOB)
    assert (bobs["tripped"], bobs["reason"]) == (True, "the bill looks odd")
    with pytest.raises(Refusal, match="kill_switch"):
        bank.money.switch.check()
    lifted = {"pulled": False, "reason": "it was a party"}
    assert (await bank.post(ALICE, "/monitor/kill-switch", lifted)).json()["tripped"] is False
    bank.money.switch.check()
    entries = (await bank.get(ALICE, "/monitor/audit")).json()["entries"]
    assert [(each["event"], each["username"]) for each in entries] == [
        ("lifted", "Alice"),
        ("pulled", "Alice"),
    ]
    assert entries[0]["facts"]["reason"] == "it was a party"


async def test_new_limits_are_seen_at_once(bank: Bank) -> None:
    """The instance's by Alice, Bob's by Bob."""
    assert (await limits(bank, ALICE))["instance", "day"] == 2 * NANO
    wanted = {"daily_nano_eur": 3 * NANO, "monthly_nano_eur": None}
    await bank.put(ALICE, "/monitor/limits", wanted)
    assert (await limits(bank, ALICE))["instance", "day"] == 3 * NANO
    await bank.put(ALICE, f"/admin/users/{bank.ids['Bob']}/limits", {"weekly_nano_eur": NANO})
    assert (await limits(bank, BOB))["user", "week"] == NANO


async def test_a_limit_that_is_used_up_trips_for_its_person(bank: Bank) -> None:
    """It stops Bob and not Alice, until the limit is raised."""
    await bank.spend(BOB, NANO)
    await bank.put(BOB, "/monitor/limits", {"daily_nano_eur": NANO, "monthly_nano_eur": None})
    assert (await status(bank, BOB))["trip"] == "limit"
    assert (await status(bank, ALICE))["trip"] is None
    await bank.put(BOB, "/monitor/limits", {"daily_nano_eur": None, "monthly_nano_eur": None})
    assert (await status(bank, BOB))["trip"] is None


async def test_open_requests_are_counted_while_they_can_be_granted(bank: Bank) -> None:
    """By the administrator and by who asked, until the period is over or there is an answer."""
    path = f"/admin/users/{bank.ids['Bob']}/limits"
    await bank.put(ALICE, path, {"daily_nano_eur": NANO, "weekly_nano_eur": NANO})
    for period in ("day", "week"):
        body = {"period": period, "amount_nano_eur": NANO}
        assert (await bank.post(BOB, "/monitor/asks", body)).status_code == 201
    for person in (ALICE, BOB):
        assert (await status(bank, person))["open_asks"] == 2
    bank.clock.pass_time(days=1)
    assert (await status(bank, ALICE))["open_asks"] == 1
    newest = (await bank.get(BOB, "/monitor/asks")).json()["asks"]
    weekly = next(each for each in newest if each["period"] == "week")
    await bank.post(ALICE, f"/monitor/asks/{weekly['id']}/answer", {"granted": True})
    assert (await status(bank, ALICE))["open_asks"] == 0

"""Setting limits: whose they are, what counts at once, and what is kept of it."""

from typing import Any

import pytest

from server.core.money import NANO
from tests.people import ALICE, BOB, CHARLIE, Person

from .bank import Bank, refused

pytestmark = pytest.mark.asyncio

NO_USER_LIMITS = {
    "daily_nano_eur": None,
    "weekly_nano_eur": None,
    "monthly_nano_eur": None,
    "total_nano_eur": None,
    "own_daily_nano_eur": None,
    "own_monthly_nano_eur": None,
}


def limits(daily: int | None, monthly: int | None, *, kill_switch: bool = True) -> dict[str, Any]:
    """Return limits as they go over the wire."""
    return {"daily_nano_eur": daily, "monthly_nano_eur": monthly, "kill_switch": kill_switch}


async def limit_of(bank: Bank, person: Person, scope: str, period: str) -> int | None:
    """Return the limit that the next hold is checked against."""
    return (await bank.stands(person))[scope, period].limit.limit_nano_eur


async def audited(bank: Bank) -> list[dict[str, Any]]:
    """Return the audit log, oldest first."""
    entries: list[dict[str, Any]] = (await bank.get(ALICE, "/monitor/audit")).json()["entries"]
    return entries[::-1]


async def test_a_new_instance_has_its_starting_limits(bank: Bank) -> None:
    """2 € a day and 20 € a month, armed; others have none of their own."""
    assert (await bank.get(ALICE, "/monitor/limits")).json() == limits(2 * NANO, 20 * NANO)
    assert (await bank.get(BOB, "/monitor/limits")).json() == limits(None, None)
    mine = (await bank.get(BOB, "/monitor/limits/me")).json()
    assert mine == {"user": str(bank.ids["Bob"]), **NO_USER_LIMITS}


async def test_the_instance_follows_its_administrator_at_once(bank: Bank) -> None:
    """The next hold is checked against the new limits, and those who wait are woken once."""
    wanted = limits(5 * NANO, None)
    assert (await bank.put(ALICE, "/monitor/limits", wanted)).json() == wanted
    assert await limit_of(bank, CHARLIE, "instance", "day") == 5 * NANO
    assert await limit_of(bank, CHARLIE, "instance", "month") is None
    assert bank.changes == [None]
    (entry,) = await audited(bank)
    assert (entry["event"], entry["username"]) == ("limits_set", "Alice")
    assert entry["facts"] == {
        "user": None,
        "before": {"daily_nano_eur": 2 * NANO, "monthly_nano_eur": 20 * NANO},
        "after": {"daily_nano_eur": 5 * NANO, "monthly_nano_eur": None},
    }


async def test_others_set_a_limit_of_their_own_under_the_same_address(bank: Bank) -> None:
    """It is theirs alone: the instance keeps its limits, and so do the others."""
    wanted = limits(NANO, 9 * NANO)
    assert (await bank.put(BOB, "/monitor/limits", wanted)).json() == wanted
    assert (await bank.get(BOB, "/monitor/limits")).json() == wanted
    assert (await bank.get(ALICE, "/monitor/limits")).json() == limits(2 * NANO, 20 * NANO)
    assert await limit_of(bank, BOB, "user", "day") == NANO
    assert await limit_of(bank, CHARLIE, "user", "day") is None
    assert bank.changes == [bank.ids["Bob"]]


async def test_an_administrator_has_limits_of_their_own_too(bank: Bank) -> None:
    """Under /me, beside the instance's."""
    mine = (await bank.put(ALICE, "/monitor/limits/me", limits(NANO, None))).json()
    assert (mine["own_daily_nano_eur"], mine["own_monthly_nano_eur"]) == (NANO, None)
    assert (await bank.get(ALICE, "/monitor/limits")).json() == limits(2 * NANO, 20 * NANO)
    assert await limit_of(bank, ALICE, "user", "day") == NANO


async def test_a_limit_of_ones_own_only_lowers(bank: Bank) -> None:
    """One above the administrator's is kept without effect, and counts once that is lifted."""
    path = f"/admin/users/{bank.ids['Bob']}/limits"
    await bank.put(ALICE, path, {"daily_nano_eur": 2 * NANO})
    await bank.put(BOB, "/monitor/limits", limits(3 * NANO, None))
    assert await limit_of(bank, BOB, "user", "day") == 2 * NANO
    await bank.put(BOB, "/monitor/limits", limits(NANO, None))
    assert await limit_of(bank, BOB, "user", "day") == NANO
    await bank.put(BOB, "/monitor/limits", limits(3 * NANO, None))
    await bank.put(ALICE, path, {})
    assert await limit_of(bank, BOB, "user", "day") == 3 * NANO


async def test_an_administrator_sets_what_a_person_may_spend(bank: Bank) -> None:
    """Day, week, month and in all; what is absent is no limit; their own stay as they are."""
    await bank.put(BOB, "/monitor/limits", limits(1, 2))
    path = f"/admin/users/{bank.ids['Bob']}/limits"
    given = {
        "daily_nano_eur": 10,
        "weekly_nano_eur": 20,
        "monthly_nano_eur": 30,
        "total_nano_eur": 40,
    }
    own = {"own_daily_nano_eur": 1, "own_monthly_nano_eur": 2}
    answer = await bank.put(ALICE, path, given)
    assert answer.json() == {"user": str(bank.ids["Bob"]), **given, **own}
    assert await limit_of(bank, BOB, "user", "week") == 20
    assert await limit_of(bank, BOB, "user", "total") == 40
    assert (await bank.put(ALICE, path, {"weekly_nano_eur": 0})).json() == {
        "user": str(bank.ids["Bob"]),
        **NO_USER_LIMITS,
        "weekly_nano_eur": 0,
        **own,
    }
    assert await limit_of(bank, BOB, "user", "week") == 0
    assert await limit_of(bank, BOB, "user", "total") is None


async def test_only_an_administrator_disarms(bank: Bank) -> None:
    """Limits that only warn are the instance's affair: others are refused, and nothing changes."""
    for path in ("/monitor/limits", "/monitor/limits/me"):
        wanted = limits(1, 1, kill_switch=False)
        assert refused(await bank.put(BOB, path, wanted)) == (403, "forbidden")
    assert (await bank.get(BOB, "/monitor/limits")).json() == limits(None, None)
    disarmed = limits(2 * NANO, 20 * NANO, kill_switch=False)
    assert (await bank.put(ALICE, "/monitor/limits", disarmed)).json() == disarmed
    assert bank.changes == [None]


async def test_what_was_read_can_be_sent_back(bank: Bank) -> None:
    """While the instance is disarmed others still set their own, by what they read or without."""
    await bank.put(ALICE, "/monitor/limits", limits(2 * NANO, 20 * NANO, kill_switch=False))
    read = (await bank.get(BOB, "/monitor/limits")).json()
    assert read == limits(None, None, kill_switch=False)
    for kill_switch in (False, True):
        wanted = limits(7, 7) | {"kill_switch": kill_switch}
        assert (await bank.put(BOB, "/monitor/limits", wanted)).status_code == 200
    assert (await bank.get(ALICE, "/monitor/limits")).json()["kill_switch"] is False


async def test_the_same_again_is_no_change(bank: Bank) -> None:
    """A revision rises with each change and only then, so that alerts are not told for nothing."""
    revisions = []
    for daily in (3 * NANO, 3 * NANO, 4 * NANO):
        await bank.put(ALICE, "/monitor/limits", limits(daily, 20 * NANO))
        revisions.append((await bank.stands(BOB))["instance", "day"].limit.revision)
    assert revisions == [2, 2, 3]
    assert bank.changes == [None, None]
    assert len(await audited(bank)) == 2


async def test_a_lowered_limit_alerts_at_once(bank: Bank) -> None:
    """Who has spent nine tenths of what they may spend from now on is told now."""
    await bank.spend(BOB, 9 * NANO)
    await bank.put(BOB, "/monitor/limits", limits(10 * NANO, None))
    alerts = (await bank.get(BOB, "/monitor/alerts")).json()["alerts"]
    assert [(each["kind"], each["facts"]["percent"]) for each in alerts] == [("threshold", 90)]


async def test_the_list_of_members(bank: Bank) -> None:
    """Everybody by name, what they spent this day, week and month, and their limits."""
    await bank.spend(BOB, 1)
    bank.clock.pass_time(days=-1)
    await bank.spend(BOB, 10)
    bank.clock.pass_time(days=-6)
    await bank.spend(BOB, 100)
    bank.clock.pass_time(days=-20)
    await bank.spend(BOB, 1000)
    bank.clock.pass_time(days=27)
    await bank.put(ALICE, f"/admin/users/{bank.ids['Bob']}/limits", {"weekly_nano_eur": 5})
    alice, bob, charlie = (await bank.get(ALICE, "/monitor/users")).json()["users"]
    assert bob == {
        "id": str(bank.ids["Bob"]),
        "username": "Bob",
        "role": "standard",
        "spent_day_nano_eur": 1,
        "spent_week_nano_eur": 11,
        "spent_month_nano_eur": 111,
        "limits": {"user": str(bank.ids["Bob"]), **NO_USER_LIMITS, "weekly_nano_eur": 5},
    }
    assert (alice["role"], alice["spent_month_nano_eur"]) == ("admin", 0)
    assert charlie["limits"] == {"user": str(bank.ids["Charlie"]), **NO_USER_LIMITS}

"""Asking for more: one request per period, one answer, and what it changes at once."""

from typing import Any

import httpx
import pytest

from server.core.ids import new_id
from server.core.money import NANO
from tests.people import ALICE, BOB, CHARLIE, Person

from .bank import Bank, refused

pytestmark = pytest.mark.asyncio


async def allow(bank: Bank, person: Person, **limits: int) -> None:
    """Have Alice set what somebody may spend."""
    named = {f"{name}_nano_eur": amount for name, amount in limits.items()}
    path = f"/admin/users/{bank.ids[person.username]}/limits"
    assert (await bank.put(ALICE, path, named)).status_code == 200
    bank.changes.clear()


async def ask(
    bank: Bank, period: str = "week", amount: int = NANO, person: Person = BOB, **more: str
) -> httpx.Response:
    """Have somebody ask for more."""
    body = {"period": period, "amount_nano_eur": amount, **more}
    return await bank.post(person, "/monitor/asks", body)


async def answer(bank: Bank, request: dict[str, Any], **given: object) -> httpx.Response:
    """Have Alice answer."""
    return await bank.post(ALICE, f"/monitor/asks/{request['id']}/answer", given)


async def extra(bank: Bank, period: str = "week") -> int:
    """Return what Bob has on top of his limit."""
    return (await bank.stands(BOB))["user", period].limit.extra_nano_eur


async def test_who_asks_is_granted_more(bank: Bank) -> None:
    """Alice is told, grants it with one tap, Bob is told, and his limit is higher at once."""
    await allow(bank, BOB, weekly=2 * NANO)
    asked = await ask(bank, note="a cake to plan")
    assert asked.status_code == 201
    request = asked.json()
    assert (request["username"], request["state"], request["note"]) == (
        "Bob",
        "open",
        "a cake to plan",
    )
    (alert,) = (await bank.get(ALICE, "/monitor/alerts")).json()["alerts"]
    assert (alert["kind"], alert["ask"]) == ("ask", request["id"])
    granted = (await answer(bank, request, granted=True)).json()
    assert (granted["state"], granted["granted_nano_eur"]) == ("granted", NANO)
    assert granted["answered_at"] is not None
    limit = (await bank.stands(BOB))["user", "week"].limit
    assert (limit.limit_nano_eur, limit.extra_nano_eur) == (3 * NANO, NANO)
    (told,) = (await bank.get(BOB, "/monitor/alerts")).json()["alerts"]
    assert (told["kind"], told["facts"]["granted_nano_eur"]) == ("answer", NANO)
    assert [each.state for each in bank.changes] == ["open", "granted"]  # type: ignore[attr-defined]


async def test_another_amount_may_be_granted(bank: Bank) -> None:
    """What is granted counts, not what was asked for."""
    await allow(bank, BOB, daily=NANO)
    request = (await ask(bank, "day", 5 * NANO)).json()
    granted = (await answer(bank, request, granted=True, amount_nano_eur=2 * NANO)).json()
    assert (granted["amount_nano_eur"], granted["granted_nano_eur"]) == (5 * NANO, 2 * NANO)
    assert await extra(bank, "day") == 2 * NANO


async def test_what_is_granted_is_of_that_period_and_person_only(bank: Bank) -> None:
    """Neither the instance, nor another period, nor the next week, nor Charlie has more."""
    await allow(bank, BOB, weekly=NANO, daily=NANO)
    await allow(bank, CHARLIE, weekly=NANO)
    await answer(bank, (await ask(bank)).json(), granted=True)
    scopes = await bank.stands(BOB)
    extras = {key: each.limit.extra_nano_eur for key, each in scopes.items()}
    assert {key for key, amount in extras.items() if amount} == {("user", "week")}
    assert (await bank.stands(CHARLIE))["user", "week"].limit.extra_nano_eur == 0
    bank.clock.pass_time(days=7)
    assert await extra(bank) == 0


async def test_extras_add_up(bank: Bank) -> None:
    """Once answered, one may ask again in the same period; what is spent stays spent."""
    await allow(bank, BOB, weekly=NANO)
    await bank.spend(BOB, 7)
    for _ in range(2):
        await answer(bank, (await ask(bank)).json(), granted=True)
    standing = (await bank.stands(BOB))["user", "week"]
    assert (standing.limit.extra_nano_eur, standing.spent_nano_eur) == (2 * NANO, 7)


async def test_a_declined_request_changes_nothing(bank: Bank) -> None:
    """Bob is told, and may ask again."""
    await allow(bank, BOB, weekly=NANO)
    declined = (await answer(bank, (await ask(bank)).json(), granted=False)).json()
    assert (declined["state"], declined["granted_nano_eur"]) == ("declined", None)
    assert await extra(bank) == 0
    (told,) = (await bank.get(BOB, "/monitor/alerts")).json()["alerts"]
    assert told["facts"]["granted"] is False
    assert (await ask(bank)).status_code == 201


async def test_a_request_is_answered_once(bank: Bank) -> None:
    """The second answer is refused, and nothing is granted twice."""
    await allow(bank, BOB, weekly=NANO)
    request = (await ask(bank)).json()
    await answer(bank, request, granted=True)
    for granted in (True, False):
        again = await answer(bank, request, granted=granted)
        assert refused(again) == (409, "ask_answered")
    assert await extra(bank) == NANO


async def test_one_open_request_per_period(bank: Bank) -> None:
    """A second one is refused; another period has its own, and so has Charlie."""
    await allow(bank, BOB, weekly=NANO, daily=NANO)
    await allow(bank, CHARLIE, weekly=NANO)
    assert (await ask(bank)).status_code == 201
    assert refused(await ask(bank, amount=2 * NANO)) == (409, "ask_open")
    assert (await ask(bank, "day")).status_code == 201
    assert (await ask(bank, person=CHARLIE)).status_code == 201


async def test_the_same_id_is_the_same_request(bank: Bank) -> None:
    """A lost answer can be asked for again, also once it is granted; Alice is told once."""
    await allow(bank, BOB, weekly=NANO)
    mine = str(new_id())
    first = (await ask(bank, id=mine)).json()
    assert (await ask(bank, id=mine)).json() == first
    assert len((await bank.get(ALICE, "/monitor/alerts")).json()["alerts"]) == 1
    granted = (await answer(bank, first, granted=True)).json()
    assert (await ask(bank, id=mine)).json() == granted
    assert await extra(bank) == NANO


async def test_an_id_stands_for_one_request_only(bank: Bank) -> None:
    """With another content, or by somebody else, it is a conflict that tells nothing of it."""
    await allow(bank, BOB, weekly=NANO)
    await allow(bank, CHARLIE, weekly=NANO)
    mine = str(new_id())
    await ask(bank, id=mine)
    assert refused(await ask(bank, amount=2 * NANO, id=mine)) == (409, "id_conflict")
    stolen = await ask(bank, person=CHARLIE, id=mine)
    assert refused(stolen) == (409, "id_conflict")
    assert stolen.json()["detail"] is None


@pytest.mark.parametrize("period", ["day", "week", "month", "total"])
async def test_without_a_limit_there_is_nothing_to_ask_for(bank: Bank, period: str) -> None:
    """A period in which the administrator set nothing is refused, and named."""
    if period != "day":
        await allow(bank, BOB, daily=NANO)
    response = await ask(bank, period)
    assert refused(response) == (422, "invalid")
    assert response.json()["detail"] == {"fields": f"period: no {period} limit was set for you"}


async def test_a_total_can_be_raised(bank: Bank) -> None:
    """It has no end, so its request stays good."""
    await allow(bank, BOB, total=NANO)
    request = (await ask(bank, "total")).json()
    bank.clock.pass_time(days=400)
    assert (await answer(bank, request, granted=True)).status_code == 200
    assert await extra(bank, "total") == NANO


@pytest.mark.parametrize(
    ("period", "days"), [("day", 0.5), ("week", 1.5), ("month", 9.5)], ids=["day", "week", "month"]
)
async def test_a_period_that_is_over(bank: Bank, period: str, days: float) -> None:
    """Nothing can be granted in it; declining it is possible, and a new one can be asked for."""
    await allow(bank, BOB, daily=NANO, weekly=NANO, monthly=NANO)
    request = (await ask(bank, period)).json()
    bank.clock.pass_time(days=days)
    over = await answer(bank, request, granted=True)
    assert refused(over) == (409, "ask_over")
    assert over.json()["message"].startswith("La période de cette demande est terminée")
    assert await extra(bank, period) == 0
    assert (await ask(bank, period)).status_code == 201
    assert (await answer(bank, request, granted=False)).json()["state"] == "declined"


async def test_who_sees_which_requests(bank: Bank) -> None:
    """Bob sees his, Charlie hers, Alice all, the newest first; only Alice answers."""
    for person in (BOB, CHARLIE):
        await allow(bank, person, weekly=NANO)
        await ask(bank, person=person)
        bank.clock.pass_time(minutes=1)
    seen = {
        person.username: [
            each["username"] for each in (await bank.get(person, "/monitor/asks")).json()["asks"]
        ]
        for person in (ALICE, BOB, CHARLIE)
    }
    assert seen == {"Alice": ["Charlie", "Bob"], "Bob": ["Bob"], "Charlie": ["Charlie"]}
    (mine,) = (await bank.get(BOB, "/monitor/asks")).json()["asks"]
    path = f"/monitor/asks/{mine['id']}/answer"
    assert refused(await bank.post(BOB, path, {"granted": True})) == (403, "forbidden")
    assert len((await bank.get(ALICE, "/monitor/asks", limit="1")).json()["asks"]) == 1


async def test_an_answer_is_audited(bank: Bank) -> None:
    """Who granted what to whom."""
    await allow(bank, BOB, weekly=NANO)
    request = (await ask(bank)).json()
    await answer(bank, request, granted=True)
    newest = (await bank.get(ALICE, "/monitor/audit", limit="1")).json()["entries"]
    assert [(each["username"], each["event"], each["facts"]) for each in newest] == [
        (
            "Alice",
            "ask_granted",
            {
                "ask": request["id"],
                "user": str(bank.ids["Bob"]),
                "period": "week",
                "granted_nano_eur": NANO,
            },
        )
    ]

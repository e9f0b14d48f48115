"""Every address of money: who may come in, and what a malformed request is told."""

from typing import Final

import pytest

from server.core.ids import new_id
from tests.people import ALICE, BOB

from .bank import Bank, refused

pytestmark = pytest.mark.asyncio

SOMEBODY: Final = "0190a6c0-0000-7000-8000-000000000000"

Address = tuple[str, str]

FOR_ALL: Final[list[Address]] = [
    ("GET", "/monitor/status"),
    ("GET", "/monitor/limits"),
    ("PUT", "/monitor/limits"),
    ("GET", "/monitor/limits/me"),
    ("PUT", "/monitor/limits/me"),
    ("GET", "/monitor/usage/daily"),
    ("GET", "/monitor/usage/monthly"),
    ("GET", "/monitor/price"),
    ("GET", "/monitor/alerts"),
    ("POST", f"/monitor/alerts/{SOMEBODY}/seen"),
    ("GET", "/monitor/alerts/settings"),
    ("PUT", "/monitor/alerts/settings"),
    ("POST", "/monitor/alerts/test"),
    ("GET", "/monitor/asks"),
    ("POST", "/monitor/asks"),
]
FOR_ADMINISTRATORS: Final[list[Address]] = [
    ("GET", "/monitor/users"),
    ("PUT", f"/admin/users/{SOMEBODY}/limits"),
    ("GET", "/monitor/reconciliation"),
    ("POST", "/monitor/reconciliation"),
    ("GET", "/monitor/prices"),
    ("PUT", "/monitor/prices/claude-x"),
    ("PUT", "/monitor/rate"),
    ("POST", "/monitor/kill-switch"),
    ("GET", "/monitor/audit"),
    ("POST", f"/monitor/asks/{SOMEBODY}/answer"),
]
WRONG_BODIES: Final[list[tuple[str, str, dict[str, object]]]] = [
    ("PUT", "/monitor/limits", {"daily_nano_eur": -1, "monthly_nano_eur": 1}),
    ("PUT", "/monitor/limits", {"daily_nano_eur": 1.5, "monthly_nano_eur": 1}),
    ("PUT", "/monitor/limits", {"daily_nano_eur": "1", "monthly_nano_eur": 1}),
    ("PUT", "/monitor/limits", {"daily_nano_eur": 10**15 + 1, "monthly_nano_eur": 1}),
    ("PUT", "/monitor/limits", {"daily_nano_eur": 1}),
    ("PUT", "/monitor/limits", {"daily_nano_eur": 1, "monthly_nano_eur": 1, "weekly": 1}),
    ("PUT", "/monitor/limits/me", {"daily_nano_eur": -1, "monthly_nano_eur": 1}),
    ("PUT", "/monitor/limits/me", {"own_daily_nano_eur": 1}),
    ("PUT", f"/admin/users/{SOMEBODY}/limits", {"weekly_nano_eur": -1}),
    ("PUT", f"/admin/users/{SOMEBODY}/limits", {"total_nano_eur": 10**15 + 1}),
    ("PUT", f"/admin/users/{SOMEBODY}/limits", {"own_daily_nano_eur": 1}),
    ("POST", "/monitor/kill-switch", {"pulled": True}),
    ("POST", "/monitor/kill-switch", {"pulled": True, "reason": " . "}),
    ("POST", "/monitor/kill-switch", {"pulled": "yes", "reason": "because"}),
    ("POST", "/monitor/asks", {"period": "year", "amount_nano_eur": 10**9}),
    ("POST", "/monitor/asks", {"period": "day", "amount_nano_eur": 0}),
    ("POST", "/monitor/asks", {"period": "day", "amount_nano_eur": 10**15 + 1}),
    ("POST", "/monitor/asks", {"period": "day", "amount_nano_eur": 10**9, "note": "x" * 201}),
    ("POST", "/monitor/asks", {"period": "day", "amount_nano_eur": 10**9, "id": "mine"}),
    ("POST", f"/monitor/asks/{SOMEBODY}/answer", {"granted": True, "amount_nano_eur": -1}),
    ("POST", f"/monitor/asks/{SOMEBODY}/answer", {"granted": False, "amount_nano_eur": 10**9}),
    ("PUT", "/monitor/alerts/settings", {"alert_100": False}),
    ("POST", "/monitor/alerts/test", {"channel": "pigeon"}),
]
WRONG_QUESTIONS: Final[list[tuple[str, dict[str, str]]]] = [
    ("/monitor/usage/daily", {"first": "yesterday"}),
    ("/monitor/usage/daily", {"first": "2026-02-30"}),
    ("/monitor/usage/daily", {"first": "2020-01-01"}),
    ("/monitor/usage/daily", {"format": "xlsx"}),
    ("/monitor/usage/daily", {"user": SOMEBODY}),
    ("/monitor/usage/monthly", {"month": "2026-13"}),
    ("/monitor/usage/monthly", {"month": "11"}),
    ("/monitor/asks", {"limit": "201"}),
    ("/monitor/audit", {"limit": "0"}),
]


async def told(bank: Bank, addresses: list[Address]) -> dict[Address, tuple[int, str]]:
    """Return how Bob's client is refused at each of these addresses, without a body."""
    client = bank.clients["Bob"]
    return {
        (method, path): refused(await client.request(method, f"/api/v1{path}"))
        for method, path in addresses
    }


async def test_a_stranger_comes_in_nowhere(bank: Bank) -> None:
    """Without a session every address is 401, whatever the body is."""
    del bank.clients["Bob"].headers["authorization"]
    everything = FOR_ALL + FOR_ADMINISTRATORS
    assert await told(bank, everything) == dict.fromkeys(everything, (401, "signed_out"))


async def test_what_is_for_administrators_is_closed_to_others(bank: Bank) -> None:
    """Others are told that they may not, before their body is looked at."""
    assert await told(bank, FOR_ADMINISTRATORS) == dict.fromkeys(
        FOR_ADMINISTRATORS, (403, "forbidden")
    )


async def test_every_address_is_looked_at(bank: Bank) -> None:
    """A route that is added has to be added here."""
    app = bank.clients["Bob"]._transport.app  # type: ignore[attr-defined]  # noqa: SLF001 - the app it calls
    known = {
        (method, path.replace(SOMEBODY, "<>").replace("claude-x", "<>"))
        for method, path in FOR_ALL + FOR_ADMINISTRATORS
    }
    routes = {
        (method, "/" + "/".join("<>" if "<" in part else part for part in route.parts[2:]))
        for route in app.router.routes
        for method in route.methods
        if {"monitor", "admin"} & set(route.parts)
    }
    assert routes == known


async def test_a_wrong_body_changes_nothing(bank: Bank) -> None:
    """It is refused as invalid, and nothing is written down nor told to anybody."""
    alice = bank.clients["Alice"]
    for method, path, body in WRONG_BODIES:
        response = await alice.request(method, f"/api/v1{path}", json=body)
        assert refused(response) == (422, "invalid"), (path, body)
    assert bank.changes == []
    assert (await bank.get(ALICE, "/monitor/audit")).json() == {"entries": []}


async def test_a_wrong_question_is_refused(bank: Bank) -> None:
    """What is asked for must make sense."""
    for path, query in WRONG_QUESTIONS:
        assert refused(await bank.get(ALICE, path, **query)) == (422, "invalid"), (path, query)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/admin/users/{}/limits", {"daily_nano_eur": 1}),
        ("POST", "/monitor/asks/{}/answer", {"granted": True}),
        ("POST", "/monitor/alerts/{}/seen", {}),
    ],
)
async def test_an_id_of_nobody_does_not_exist(
    bank: Bank, method: str, path: str, body: dict[str, object]
) -> None:
    """Nothing is made up for it."""
    url = f"/api/v1{path.format(new_id())}"
    assert refused(await bank.clients["Alice"].request(method, url, json=body)) == (
        404,
        "not_found",
    )


async def test_no_limits_are_made_for_somebody_who_is_not_there(bank: Bank) -> None:
    """A refused setting leaves the list of members as it was."""
    before = (await bank.get(ALICE, "/monitor/users")).json()
    await bank.put(ALICE, f"/admin/users/{new_id()}/limits", {"daily_nano_eur": 1})
    assert (await bank.get(ALICE, "/monitor/users")).json() == before
    assert refused(await bank.get(BOB, "/monitor/users")) == (403, "forbidden")

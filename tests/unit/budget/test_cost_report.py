"""Reading the provider's report."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from server.adapters.cost_report import CostReport, CostReportFailed, ProviderUsage

from .provider import ADMIN_KEY, Provider, apart, serving, tokens, usage

pytestmark = pytest.mark.asyncio
FIRST, LAST = date(2026, 10, 20), date(2026, 11, 18)
DAY, NEXT = date(2026, 11, 2), date(2026, 11, 3)
SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5-20260901"
PICO_PER_CENT = 10**10


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve the stand-in."""
    with serving() as provider:
        yield provider


def report(provider: Provider, key: str = ADMIN_KEY) -> CostReport:
    """Return the adapter, with a key."""
    return CostReport(provider.url, key)


async def test_it_asks_as_the_documentation_says(provider: Provider) -> None:
    """Days in UTC, the end excluded, by model; the key in its own header."""
    assert await report(provider).read(FIRST, LAST) == []
    assert [each["path"] for each in provider.asked] == [
        "/v1/organizations/cost_report",
        "/v1/organizations/usage_report/messages",
    ]
    for asked in provider.asked:
        assert asked["starting_at"] == "2026-10-20T00:00:00Z"
        assert asked["ending_at"] == "2026-11-19T00:00:00Z"
        assert (asked["bucket_width"], asked["limit"]) == ("1d", "31")
        assert asked["headers"]["x-api-key"] == ADMIN_KEY


async def test_amounts_are_cents_to_the_last_digit(provider: Provider) -> None:
    """123.78912 is 1.2378912 $; several costs of a model and day are added up, counts beside."""
    provider.costs[DAY] = [tokens(SONNET, "123.78912"), tokens(SONNET, "0.0000000001")]
    provider.usage[DAY] = [usage(SONNET, (1500, 500, 200, 1000, 0))]
    assert await report(provider).read(FIRST, LAST) == [
        ProviderUsage(DAY, SONNET, 1_237_891_200_001, 1500, 500, 200, 1000, 0)
    ]


async def test_pages_are_followed_to_the_end(provider: Provider) -> None:
    """Whatever is on which page, nothing is lost and nothing counted twice."""
    provider.days_a_page = 4
    for day in (FIRST, DAY, NEXT, LAST):
        provider.costs[day] = [tokens(SONNET, "1.5")]
    rows = await report(provider).read(FIRST, LAST)
    assert [(row.day, row.cost_pico_usd) for row in rows] == [
        (day, 15 * PICO_PER_CENT // 10) for day in (FIRST, DAY, NEXT, LAST)
    ]
    assert len(provider.asked) == 16


async def test_web_searches_are_shared_out_by_who_made_them(provider: Provider) -> None:
    """Their cost names no model; not a pico-dollar is lost in sharing, the last gets the rest."""
    provider.costs[DAY] = [tokens(SONNET, "10"), tokens(HAIKU, "1"), apart("web_search", "10")]
    provider.usage[DAY] = [usage(SONNET, (0, 0, 0, 0, 1)), usage(HAIKU, (0, 0, 0, 0, 2))]
    rows = {row.model: row for row in await report(provider).read(DAY, DAY)}
    assert rows[SONNET].cost_pico_usd == 10 * PICO_PER_CENT + 33_333_333_334
    assert sum(row.cost_pico_usd for row in rows.values()) == 21 * PICO_PER_CENT
    assert (rows[SONNET].web_searches, rows[HAIKU].web_searches) == (1, 2)


async def test_what_belongs_to_no_model_stands_under_its_kind(provider: Provider) -> None:
    """Nothing of the bill is dropped."""
    provider.costs[DAY] = [apart("code_execution", "5"), apart("web_search", "2")]
    rows = await report(provider).read(DAY, DAY)
    assert [(row.model, row.cost_pico_usd) for row in rows] == [
        ("code_execution", 5 * PICO_PER_CENT),
        ("web_search", 2 * PICO_PER_CENT),
    ]


async def test_a_key_that_is_no_admin_key_is_said_to_be_so(provider: Provider) -> None:
    """401 is about the key; the key itself is in no message."""
    with pytest.raises(CostReportFailed) as failed:
        await report(provider, "sk-ant-api-secret").read(FIRST, LAST)
    assert (failed.value.trouble, failed.value.status) == ("key", 401)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(403, "key"), (404, "key"), (429, "rate"), (500, "failed"), (302, "failed")],
)
async def test_every_refusal_has_its_meaning(provider: Provider, status: int, trouble: str) -> None:
    """What it says is what a person can do about it; nothing is followed elsewhere."""
    provider.instead = (status, b'{"type":"error","error":{"type":"x","message":"x"}}')
    with pytest.raises(CostReportFailed) as failed:
        await report(provider).read(FIRST, LAST)
    assert (failed.value.trouble, failed.value.status) == (trouble, status)
    assert len(provider.asked) == 1


def page(cost: dict[str, Any] | None = None, **other: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return a page with one cost; fields of the cost, or of the page, are replaced."""
    results = [tokens(SONNET, "1") | (cost or {})]
    bucket = {"starting_at": "2026-11-02T00:00:00Z", "ending_at": "x", "results": results}
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None} | other).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"data": []}',
        page({"amount": "NaN"}),
        page({"amount": "1e400"}),
        page({"amount": 1.5}),
        page({"amount": "9" * 5000}),
        page({"currency": "EUR"}),
        page(data=[{"starting_at": "yesterday", "results": []}]),
        page(data=[{"starting_at": "2026-11-02T00:00:00", "results": []}]),
        page(has_more=True),
        page(has_more=True, next_page="page_1"),
    ],
)
async def test_what_is_not_as_documented_is_not_believed(provider: Provider, body: bytes) -> None:
    """Garbage, other currencies, and pages that lead nowhere or in a circle."""
    provider.instead = (200, body)
    with pytest.raises(CostReportFailed) as failed:
        await report(provider).read(FIRST, LAST)
    assert failed.value.trouble == "unreadable"
    assert len(provider.asked) <= 2


async def test_nobody_there() -> None:
    """A provider that cannot be reached is told apart from one that refuses."""
    with pytest.raises(CostReportFailed) as failed:
        await CostReport("http://127.0.0.1:9", ADMIN_KEY).read(FIRST, LAST)
    assert (failed.value.trouble, failed.value.status) == ("unreachable", 0)

"""The provider's own account of what was used and billed: its Usage & Cost Admin API.

As documented at https://platform.claude.com/docs/en/api/admin/cost_report/retrieve and
…/usage_report/retrieve_messages (read in November 2026): both answer in buckets of a day, which is
a day in UTC; `amount` is a decimal text in cents of a US dollar; a page says `has_more` and
`next_page`. Grouped by description a cost names its model, but for what is not tokens: web searches
are shared out among the models by how many each made. It knows the whole organisation of the key,
not this instance alone; priority tier is not in it; accounts of one person have no such API.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Final, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    import httpx2

COSTS: Final = "/v1/organizations/cost_report"
USAGE: Final = "/v1/organizations/usage_report/messages"
VERSION: Final = "2023-06-01"

STEP_SECONDS: Final = 30.0
"""How long one page may take."""

REPORT_SECONDS: Final = 180.0
"""How long a whole report may take."""

PAGES_MAX: Final = 100
DAYS_A_PAGE: Final = 31
PICO_USD_PER_CENT: Final = 10_000_000_000
WEB_SEARCH: Final = "web_search"
OTHER: Final = "other"

Trouble = Literal["key", "rate", "unreachable", "unreadable", "failed"]


class CostReportFailed(Exception):
    """The report could not be had. `trouble` is why, `status` the provider's answer (0: none)."""

    def __init__(self, trouble: Trouble, status: int = 0) -> None:
        super().__init__(f"{trouble} {status}")
        self.trouble: Trouble = trouble
        self.status = status


@dataclass(frozen=True, slots=True)
class ProviderUsage:
    """What the provider billed for a model on one of its days.

    What has no model stands under its kind of cost, such as "code_execution".
    """

    day: date
    model: str
    cost_pico_usd: int
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    web_searches: int = 0


class _Part(BaseModel):
    """A part of an answer; what we do not know of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


Count = Annotated[int, Field(ge=0, le=10**15, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Cost(_Part):
    amount: Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,20})?$")]
    currency: Literal["USD"]
    cost_type: Name | None = None
    model: Name | None = None

    @property
    def pico_usd(self) -> int:
        return int((Decimal(self.amount) * PICO_USD_PER_CENT).to_integral_value(ROUND_HALF_UP))


class _CacheCreation(_Part):
    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class _ServerTools(_Part):
    web_search_requests: Count = 0


class _Usage(_Part):
    model: Name | None = None
    uncached_input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: _CacheCreation = _CacheCreation()
    server_tool_use: _ServerTools | None = None


Item = TypeVar("Item", _Cost, _Usage)


class _Bucket(_Part, Generic[Item]):
    starting_at: AwareDatetime
    results: list[Item]


class _Page(_Part, Generic[Item]):
    data: list[_Bucket[Item]]
    has_more: bool
    next_page: str | None = None


Found = list[tuple[date, Item]]


class CostReport:
    """Reads the report with an admin key."""

    def __init__(self, base_url: str, admin_key: str) -> None:
        self._base_url = base_url
        self._headers = {"x-api-key": admin_key, "anthropic-version": VERSION}

    async def read(self, first: date, last: date) -> list[ProviderUsage]:
        """Return what was billed from `first` to `last`, both included. Raises CostReportFailed."""
        http = await asyncio.to_thread(_http)
        try:
            async with (
                asyncio.timeout(REPORT_SECONDS),
                http.AsyncClient(
                    base_url=self._base_url, headers=self._headers, timeout=STEP_SECONDS
                ) as client,
            ):
                window = _window(first, last)
                costs = await _all(
                    client, COSTS, window | {"group_by[]": "description"}, _Page[_Cost]
                )
                usage = await _all(client, USAGE, window | {"group_by[]": "model"}, _Page[_Usage])
        except (TimeoutError, http.HTTPError) as error:
            raise CostReportFailed("unreachable") from error
        days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
        return [row for day in days for row in _joined(day, _of(day, costs), _of(day, usage))]


def _http() -> ModuleType:
    import httpx2  # noqa: PLC0415 - takes a while, and most instances have no admin key

    return httpx2


def _window(first: date, last: date) -> dict[str, str]:
    return {
        "starting_at": _midnight(first),
        "ending_at": _midnight(last + timedelta(days=1)),
        "bucket_width": "1d",
        "limit": str(DAYS_A_PAGE),
    }


def _midnight(day: date) -> str:
    return f"{datetime.combine(day, time(), UTC):%Y-%m-%dT%H:%M:%SZ}"


async def _all(
    client: "httpx2.AsyncClient", path: str, query: Mapping[str, str], shape: type[_Page[Item]]
) -> Found[Item]:
    """Follow the pages to the end."""
    found: Found[Item] = []
    page: dict[str, str] = {}
    for _ in range(PAGES_MAX):
        answer = _parsed(await client.get(path, params={**query, **page}), shape)
        found += [
            (bucket.starting_at.astimezone(UTC).date(), item)
            for bucket in answer.data
            for item in bucket.results
        ]
        if not answer.has_more:
            return found
        if not answer.next_page or page.get("page") == answer.next_page:
            break
        page = {"page": answer.next_page}
    raise CostReportFailed("unreadable", HTTPStatus.OK)


def _parsed(response: "httpx2.Response", shape: type[_Page[Item]]) -> _Page[Item]:
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise CostReportFailed("rate", status)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        raise CostReportFailed("key", status)
    if status != HTTPStatus.OK:
        raise CostReportFailed("failed", status)
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise CostReportFailed("unreadable", status) from error


def _of(day: date, found: Found[Item]) -> list[Item]:
    return [item for its_day, item in found if its_day == day]


def _joined(day: date, costs: Sequence[_Cost], usage: Sequence[_Usage]) -> list[ProviderUsage]:
    """Put costs and counts of a day together, by model."""
    counts = {name: [each for each in usage if each.model == name] for name in _names(usage)}
    searches = {name: sum(map(_searches, each)) for name, each in counts.items()}
    pico = _by_model(costs, searches)
    return [
        ProviderUsage(
            day=day,
            model=name,
            cost_pico_usd=pico.get(name, 0),
            input_tokens=sum(each.uncached_input_tokens for each in counts.get(name, ())),
            output_tokens=sum(each.output_tokens for each in counts.get(name, ())),
            cache_read_tokens=sum(each.cache_read_input_tokens for each in counts.get(name, ())),
            cache_write_tokens=sum(map(_writes, counts.get(name, ()))),
            web_searches=searches.get(name, 0),
        )
        for name in sorted({*pico, *counts})
    ]


def _names(usage: Sequence[_Usage]) -> set[str]:
    return {each.model for each in usage if each.model is not None}


def _searches(usage: _Usage) -> int:
    return 0 if usage.server_tool_use is None else usage.server_tool_use.web_search_requests


def _writes(usage: _Usage) -> int:
    created = usage.cache_creation
    return created.ephemeral_5m_input_tokens + created.ephemeral_1h_input_tokens


def _by_model(costs: Sequence[_Cost], searches: Mapping[str, int]) -> dict[str, int]:
    """Add up pico-dollars by model; web searches by who made them."""
    pico: dict[str, int] = defaultdict(int)
    shared = 0
    for cost in costs:
        if cost.model is None and cost.cost_type == WEB_SEARCH and any(searches.values()):
            shared += cost.pico_usd
        else:
            pico[cost.model or cost.cost_type or OTHER] += cost.pico_usd
    left, all_searches = shared, sum(searches.values())
    for name, count in sorted(searches.items()):  # the same share whenever it is read
        part = left * count // all_searches if all_searches else 0
        pico[name] += part
        left, all_searches = left - part, all_searches - count
    return dict(pico)

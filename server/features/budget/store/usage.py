"""What was used, by day, person and model: read from the rollup, never from the entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.connection import get_connection

from server.features.budget.scopes import Purse

_SUMS: Final = """
sum(requests) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_tokens) AS cache_write_tokens,
sum(web_searches) AS web_searches, sum(cost_nano_eur) AS cost_nano_eur,
sum(estimated_nano_eur) AS estimated_nano_eur, sum(cache_saved_nano_eur) AS cache_saved_nano_eur
"""

_RANGE: Final = "FROM usage_day WHERE purse = ? AND day BETWEEN ? AND ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was used: of a day, of a person and a model, or of all three; None is not told apart."""

    day: int | None = None
    user: UUID | None = None
    model: str | None = None
    requests: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    web_searches: int
    cost_nano_eur: int
    estimated_nano_eur: int
    cache_saved_nano_eur: int


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last` (20261121), of everybody or of one person."""

    purse: Purse
    first: int
    last: int
    user: UUID | None

    def where(self, columns: str) -> tuple[str, list[Any]]:
        """Return a query for these columns, not grouped yet, and its values."""
        values = [self.purse, self.first, self.last]
        query = f"SELECT {columns} {_RANGE}"
        return (
            (query, values)
            if self.user is None
            else (f"{query} AND user_id = ?", [*values, str(self.user)])
        )


async def shares(span: Span) -> Sequence[Used]:
    """Return the share of each day, then that of each person and model, of one moment."""
    by_day, values = span.where(f"day, NULL AS user_id, NULL AS model, {_SUMS}")
    by_rest, _ = span.where(f"NULL AS day, user_id, model, {_SUMS}")
    return await _used(
        f"{by_day} GROUP BY day UNION ALL {by_rest} GROUP BY user_id, model", [*values, *values]
    )


async def rows(span: Span) -> Sequence[Used]:
    """Return a row for each day, person and model, in this order."""
    query, values = span.where(f"day, user_id, model, {_SUMS}")
    return await _used(f"{query} GROUP BY day, user_id, model ORDER BY day, user_id, model", values)


async def costs(span: Span) -> dict[int, int]:
    """Return what each day cost that has anything, in nano-euros."""
    query, values = span.where("day, sum(cost_nano_eur) AS cost")
    found = await get_connection("default").execute_query_dict(f"{query} GROUP BY day", values)
    return {row["day"]: row["cost"] for row in found}


async def first_day(purse: Purse, user: UUID | None) -> int | None:
    """Return the first day on which anything was spent, or None."""
    query = "SELECT day FROM usage_day WHERE purse = ?"
    values: list[str] = [purse]
    if user is not None:
        query, values = f"{query} AND user_id = ?", [*values, str(user)]
    found = await get_connection("default").execute_query_dict(
        f"{query} ORDER BY day LIMIT 1", values
    )
    return found[0]["day"] if found else None


async def _used(query: str, values: list[Any]) -> Sequence[Used]:
    found = await get_connection("default").execute_query_dict(query, values)
    return [Used(user=UUID(user) if (user := row.pop("user_id")) else None, **row) for row in found]

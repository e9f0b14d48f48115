"""What the provider's report says, and the posts it is compared with.

The provider's days are UTC's. A request counts on the day on which it was held, when it was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from tortoise.connection import get_connection
from tortoise.functions import Max

from schema.tables.budget import ProviderUsageRow
from server.adapters.cost_report import ProviderUsage

STRADDLE: Final = timedelta(hours=1)
"""What was held so shortly before midnight and closed after it may be billed on either day."""

# The plus keeps SQLite from walking through all of a purse: `at` finds the day.
_EXACT: Final = """
SELECT post.model AS model, (post.at < ?2 OR hold.at < ?3) AS sure,
    sum(post.amount_nano_eur) AS nano_eur, sum(post.cost_pico_usd) AS pico_usd
FROM ledger_entry AS hold JOIN ledger_entry AS post ON post.closes = hold.seq
WHERE hold.at >= ?1 AND hold.at < ?2 AND hold.kind = 'hold' AND +hold.purse = 'real'
    AND post.kind = 'post' AND NOT post.estimated
GROUP BY post.model, sure
"""

_ESTIMATED: Final = """
SELECT post.seq AS seq, post.model AS model, (post.at < ?2 OR hold.at < ?3) AS sure,
    post.amount_nano_eur AS posted_nano_eur, post.cost_pico_usd AS posted_pico_usd,
    post.usd_per_eur_micro AS usd_per_eur_micro,
    (SELECT coalesce(sum(amount_nano_eur), 0) FROM ledger_entry WHERE corrects = post.seq)
        AS corrected_nano_eur,
    (SELECT coalesce(sum(cost_pico_usd), 0) FROM ledger_entry WHERE corrects = post.seq)
        AS corrected_pico_usd
FROM ledger_entry AS hold JOIN ledger_entry AS post ON post.closes = hold.seq
WHERE hold.at >= ?1 AND hold.at < ?2 AND hold.kind = 'hold' AND +hold.purse = 'real'
    AND post.kind = 'post' AND post.estimated
ORDER BY post.seq
"""


@dataclass(frozen=True, slots=True)
class ExactSum:
    """The exact posts of a model on a day. `sure`: billed on that very day."""

    model: str
    sure: bool
    nano_eur: int
    pico_usd: int


@dataclass(frozen=True, slots=True)
class EstimatedPost:
    """An estimated post, and what corrections have changed of it since."""

    seq: int
    model: str
    sure: bool
    posted_nano_eur: int
    posted_pico_usd: int
    usd_per_eur_micro: int
    corrected_nano_eur: int
    corrected_pico_usd: int


async def replace(
    first: date, last: date, rows: Sequence[ProviderUsage], fetched_at: datetime
) -> None:
    """Keep what the report says of these days, in place of what it said before."""
    days = ProviderUsageRow.filter(day__gte=_number(first), day__lte=_number(last))
    await days.delete()
    await ProviderUsageRow.bulk_create(
        ProviderUsageRow(
            day=_number(row.day),
            model=row.model,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cache_read_tokens=row.cache_read_tokens,
            cache_write_tokens=row.cache_write_tokens,
            web_searches=row.web_searches,
            cost_pico_usd=row.cost_pico_usd,
            fetched_at=fetched_at,
        )
        for row in rows
    )


async def billed(day: date) -> dict[str, int]:
    """Return what the provider billed on a day, in pico-dollars by model."""
    rows = ProviderUsageRow.filter(day=_number(day))
    return dict(await rows.values_list("model", "cost_pico_usd"))


async def fetched_at() -> datetime | None:
    """Return when the report was read last; None if it never was, or had nothing to say."""
    row = await ProviderUsageRow.annotate(newest=Max("fetched_at")).first().values("newest")
    newest = row["newest"] if row else None
    return datetime.fromisoformat(newest) if isinstance(newest, str) else newest


async def exact_sums(day: date) -> list[ExactSum]:
    """Return the exact posts of a day, summed up by model."""
    rows = await get_connection("default").execute_query_dict(_EXACT, _bounds(day))
    return [ExactSum(**{**row, "sure": bool(row["sure"])}) for row in rows]


async def estimated_posts(day: date) -> list[EstimatedPost]:
    """Return the estimated posts of a day, oldest first."""
    rows = await get_connection("default").execute_query_dict(_ESTIMATED, _bounds(day))
    return [EstimatedPost(**{**row, "sure": bool(row["sure"])}) for row in rows]


def _bounds(day: date) -> list[str]:
    """Return the moments a day begins, ends and nearly ends at, as the database writes them."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    return [moment.isoformat(" ") for moment in (start, end, end - STRADDLE)]


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day

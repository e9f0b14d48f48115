"""The provider's bill beside the ledger, and estimates corrected by it.

Only posts that were estimated move, and only between nothing and what was posted: where the report
is higher, something else uses the provider's account, or our prices are too low, and both are for a
person to see. It is believed for a model and a day only if it holds at least what we know exactly.
Days are the provider's (UTC), and over for a while. Every change is an entry of its own, with the
reason "provider_report", and audited.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from schema.wire.money import Drift, Reconciliation
from server.adapters.cost_report import CostReportFailed, ProviderUsage
from server.core.clock import Clock
from server.core.tasks import background, end
from server.store import Database, DatabaseError

from .drift import Compared, corrections, drift_of, plain
from .ledger import Ledger
from .store import audit
from .store import provider as store
from .store.ledger import Entry

log = logging.getLogger(__name__)

SETTLED: Final = timedelta(hours=6)
"""How long a day must be over before its report is believed."""

DAYS: Final = 30
"""How many days are looked at again, since reports are amended."""

EVERY: Final = timedelta(days=1)
AGAIN: Final = timedelta(hours=1)
"""When a report that could not be had is asked for again."""

REASON: Final = "provider_report"

_PROBLEMS: Final = {
    "key": {
        "en": "The provider does not accept the admin key for its report ({status}). Check "
        "ANTHROPIC_ADMIN_KEY; an account of one person has no such report.",
        "fr": "Le fournisseur n’accepte pas la clé d’administration pour son rapport ({status}). "
        "Vérifiez ANTHROPIC_ADMIN_KEY ; un compte individuel n’a pas de tel rapport.",
    },
    "rate": {
        "en": "The provider was asked too often. Its report is read again later.",
        "fr": "Le fournisseur a été interrogé trop souvent. Son rapport sera relu plus tard.",
    },
    "unreachable": {
        "en": "The provider’s report cannot be reached. It is read again later.",
        "fr": "Le rapport du fournisseur est injoignable. Il sera relu plus tard.",
    },
    "unreadable": {
        "en": "The provider’s report is not as its documentation says. Nothing was corrected.",
        "fr": "Le rapport du fournisseur n’est pas conforme à sa documentation. Rien n’a été "
        "corrigé.",
    },
    "failed": {
        "en": "The provider’s report failed ({status}). It is read again later.",
        "fr": "Le rapport du fournisseur a échoué ({status}). Il sera relu plus tard.",
    },
    "storage": {
        "en": "What the provider’s report says cannot be stored.",
        "fr": "Ce que dit le rapport du fournisseur ne peut pas être enregistré.",
    },
}

Pause = Callable[[float], Awaitable[None]]


class ReportPort(Protocol):
    """The provider's report; `server.adapters.cost_report` is the one in use."""

    async def read(self, first: date, last: date) -> list[ProviderUsage]:
        """Return what was billed on these days, both included. Raises CostReportFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last report could not be had."""

    code: str
    status: int = 0


class Reconciler:
    """Compares once a day, and when asked to. Without a report to read it does nothing.

    `rate` gives the exchange rate of a moment (millionths of a dollar for a euro), for days of
    which the ledger has no post to take it from. `on_corrected` is told what was added to the
    ledger, once it is on disk.
    """

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        report: ReportPort | None,
        rate: Callable[[datetime], int],
        on_corrected: Callable[[Sequence[Entry]], None],
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._report = report
        self._rate = rate
        self._on_corrected = on_corrected
        self._pause = pause
        self._one_at_a_time = asyncio.Lock()
        self._checked_at: datetime | None = None
        self._days: list[Drift] | None = None
        self._problem: Problem | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Compare now and then daily, in the background."""
        if self._report is not None:
            self._task = background(self._daily(self._report))

    async def close(self) -> None:
        """End; a unit of work that runs ends by itself."""
        if self._task is not None:
            await end(self._task)

    async def report(self, language: str) -> Reconciliation:
        """Return what was compared last."""
        if self._report is None:
            return Reconciliation(ready=False, checked_at=None, days=[], problem=None)
        if self._days is None:
            self._days = await self._drifts()
        return Reconciliation(
            ready=True,
            checked_at=self._checked_at or await store.fetched_at(),
            days=self._days,
            problem=None if self._problem is None else _said(self._problem, language),
        )

    async def run(self, language: str) -> Reconciliation:
        """Read the report now, correct what was estimated, and return how both compare."""
        if self._report is not None:
            await self._compare(self._report)
        return await self.report(language)

    # ── the steps ───────────────────────────────────────────────────────────────────────────────

    async def _daily(self, report: ReportPort) -> None:
        while True:
            await self._compare(report)
            wait = EVERY if self._problem is None else AGAIN
            await self._pause(wait.total_seconds())

    async def _compare(self, report: ReportPort) -> None:
        """Read, store, correct; what goes wrong is kept for the screen."""
        async with self._one_at_a_time:
            days = self._days_over()
            try:
                rows = await report.read(days[0], days[-1])
                await self._keep(days, rows)
                for day in days:
                    await self._correct(day)
                self._days = await self._drifts()
            except CostReportFailed as failure:
                log.warning("no provider report", extra={"why": str(failure)})
                self._problem = Problem(failure.trouble, failure.status)
            except DatabaseError:
                log.exception("provider report not stored")
                self._problem = Problem("storage")
            else:
                self._problem, self._checked_at = None, self._clock()

    def _days_over(self) -> list[date]:
        last = (self._clock().astimezone(UTC) - SETTLED).date() - timedelta(days=1)
        return [last - timedelta(days=each) for each in reversed(range(DAYS))]

    async def _keep(self, days: Sequence[date], rows: Sequence[ProviderUsage]) -> None:
        now = self._clock()
        await self._database.write(lambda: store.replace(days[0], days[-1], rows, now))

    async def _correct(self, day: date) -> None:
        """Correct a day; where there is nothing to correct, nothing is written either."""

        async def unit() -> list[Entry]:
            added = [await self._apply(each) for each in await _compared(day)]
            return [entry for entries in added for entry in entries]

        if any(corrections(each) for each in await _compared(day)):
            await self._database.write(unit, self._on_corrected)

    async def _apply(self, compared: Compared) -> list[Entry]:
        wanted = corrections(compared)
        added = [
            await self._ledger.correct(
                each.seq, each.delta_nano_eur, REASON, delta_pico_usd=each.delta_pico_usd
            )
            for each in wanted
        ]
        if wanted:
            facts = {
                "day": compared.day.isoformat(),
                "model": compared.model,
                "entries": len(wanted),
                "corrected_nano_eur": sum(each.delta_nano_eur for each in wanted),
            }
            await audit.add(self._clock(), None, REASON, facts)
        return added

    async def _drifts(self) -> list[Drift]:
        found = [each for day in self._days_over() for each in await _compared(day)]
        return [drift_of(each, self._rate(_noon(each.day))) for each in reversed(found)]


async def _compared(day: date) -> list[Compared]:
    """Put together what bill and ledger say of a day, by model."""
    billed: dict[str, int] = {}
    for name, pico_usd in (await store.billed(day)).items():
        billed[plain(name)] = billed.get(plain(name), 0) + pico_usd
    exact, estimated = await store.exact_sums(day), await store.estimated_posts(day)
    ours = {plain(each.model) for each in exact} | {plain(each.model) for each in estimated}
    return [
        Compared(
            day=day,
            model=model,
            billed_pico_usd=billed.get(model),
            exact=tuple(each for each in exact if plain(each.model) == model),
            estimated=tuple(each for each in estimated if plain(each.model) == model),
        )
        for model in sorted(ours | billed.keys())
    ]


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _said(problem: Problem, language: str) -> str:
    words = _PROBLEMS[problem.code]["fr" if language == "fr" else "en"]
    return words.format(status=problem.status)

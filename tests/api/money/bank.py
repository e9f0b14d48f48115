"""Everything of an instance that has to do with money, on a clock that a test moves."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx

from schema.tables.budget import BalanceRow, UsageDayRow
from schema.wire.frames import ChangeBase
from server.features.budget.assembly import Asked, Money, Outside
from server.features.budget.letter import Letterhead
from server.features.budget.limits import Standing, standings
from server.settings.model import BudgetSettings
from server.store import Database
from tests.clock import FakeClock
from tests.people import Person

NOON: Final = datetime(2026, 11, 21, 11, tzinfo=UTC)
"""A Saturday, noon in Paris; its week began on the 16th."""

T = TypeVar("T")

MODEL: Final = "claude-sonnet-5-5"

PRICES: Final = f"""
collected: 2026-11-20
note: A list of one model, quick to read.
sources: [test]
aliases: {{}}
models:
  {MODEL}:
    - standard:
        - {{ input: 2, output: 10, cache_write_5m: 2.5, cache_write_1h: 4, cache_read: 0.2 }}
      source: test
"""


class Bank:
    """The instance's real money, and a client of each of its people once they are signed in."""

    def __init__(self, folder: Path, settings: BudgetSettings, database: Database) -> None:
        self.database = database
        self.clock = FakeClock(NOON)
        self.clients: dict[str, httpx.AsyncClient] = {}
        self.ids: dict[str, UUID] = {}
        self.told: list[tuple[UUID, ChangeBase]] = []
        """What the devices of each person were told."""
        self.cut: list[str] = []
        """Why running answers were cut."""
        self.changes: list[object] = []
        """Whose limits changed (None: the instance's), and which asks."""
        prices = folder / "prices.yaml"
        prices.write_text(PRICES, "utf-8")
        outside = Outside(
            database=database,
            clock=self.clock,
            prices=prices,
            tell=lambda user, change: self.told.append((user, change)),
            present=self._present,
            count=_no_count,
            letterhead=Letterhead("Test", "", None),
            mail=None,
            report=None,
        )
        self.money = Money(settings, 30, Asked(MODEL, 8192, simulated=False), outside)
        self.money.cut_with(self._note_cut)
        self._listen()

    async def get(self, person: Person, path: str, **query: str) -> httpx.Response:
        """Have a person read."""
        return await self.clients[person.username].get(f"/api/v1{path}", params=query)

    async def put(self, person: Person, path: str, body: object) -> httpx.Response:
        """Have a person set something."""
        return await self.clients[person.username].put(f"/api/v1{path}", json=body)

    async def post(self, person: Person, path: str, body: object = None) -> httpx.Response:
        """Have a person do something."""
        return await self.clients[person.username].post(f"/api/v1{path}", json=body)

    async def stands(self, person: Person) -> dict[tuple[str, str], Standing]:
        """Return where a person's limits stand for the next hold, by scope and period."""
        periods = (await self.money.ledger.stand()).periods
        found = await standings("real", self.ids[person.username], periods)
        return {(each.limit.scope, each.limit.period): each for each in found.scopes}

    async def spend(self, person: Person, nano_eur: int) -> None:
        """Have a person spend, as it is counted in their balances and in the rollup."""
        user = self.ids[person.username]
        periods = (await self.money.ledger.stand()).periods
        starts = {"day": periods.day, "week": periods.week, "month": periods.month}
        used = UsageDayRow(
            purse="real",
            day=periods.day,
            user_id=user,
            model="claude-x",
            requests=1,
            cost_nano_eur=nano_eur,
        )

        async def unit() -> None:
            for period, start in starts.items():
                row, _ = await BalanceRow.get_or_create(
                    purse="real", scope="user", scope_id=str(user), period=period, start=start
                )
                row.spent_nano_eur += nano_eur
                await row.save()
            await used.save()

        await self.database.write(unit)

    def _listen(self) -> None:
        """Note changes on their way to those who are told."""
        spending, asks = self.money.spending, self.money.asks
        spending.on_changed = self._noting(spending.on_changed)
        asks.on_changed = self._noting(asks.on_changed)

    def _noting(self, told: Callable[[T], None]) -> Callable[[T], None]:
        def note(change: T) -> None:
            self.changes.append(change)
            told(change)

        return note

    def _present(self) -> Iterable[UUID]:
        return self.ids.values()

    async def _note_cut(self, reason: str) -> None:
        self.cut.append(reason)


async def _no_count(_: object) -> int:
    raise AssertionError("nothing is asked of Claude here")


def refused(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    body: dict[str, Any] = response.json()
    return response.status_code, body["code"]

"""Where everything stands: what each reader may know, why calls are stopped, and what to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from schema.tables.budget import SpendingLimitRow
from schema.tables.identity import UserRow
from schema.wire.money import MonitorStatus
from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.prices import PriceBook
from server.features.budget.rates import Rate, RateEdit
from server.features.budget.status import Status, StatusParts, Usual
from tests.people import ALICE, BOB, furnish

from .pricelist import FILE, SONNET
from .vault import Vault, opened, tampering

pytestmark = pytest.mark.asyncio

NANO = 1_000_000_000


@dataclass
class Office:
    """The status of an instance in which Alice and Bob have accounts."""

    vault: Vault
    alice: UUID
    bob: UUID
    model: str = SONNET
    simulated: bool = False

    async def of(self, user: UUID) -> MonitorStatus:
        """Return what one of them sees."""
        vault = self.vault
        parts = StatusParts(
            clock=vault.time,
            ledger=vault.ledger,
            meter=vault.meter,
            switch=vault.switch,
            verifier=vault.verifier,
            prices=PriceBook(FILE),
            rates=vault.rates,
            usual=Usual(self.model, 256, self.simulated),
        )
        return await Status(parts).of(user)

    async def limit(self, user: UUID | None, **limit: Any) -> None:  # noqa: ANN401 - columns
        """Set limits of the instance (None), or a person's."""
        scope, scope_id = ("instance", "") if user is None else ("user", str(user))
        await SpendingLimitRow.update_or_create(
            defaults={**limit, "updated_at": self.vault.time()}, scope=scope, scope_id=scope_id
        )

    async def notices(self) -> dict[str, dict[str, Any]]:
        """Return what Alice is told beside it, by code."""
        return {notice.code: notice.facts for notice in (await self.of(self.alice)).notices}


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Open it, with an exchange rate of the day before."""
    await furnish(tmp_path, ALICE, BOB)
    async with opened(tmp_path) as vault:
        known = {row.username: row.id for row in await UserRow.all()}
        await UserRow.filter(username=ALICE.username).update(language="fr")
        rate = Rate(1_085_000, date(2026, 11, 20), "by hand")
        vault.rates.add([RateEdit(datetime(2026, 11, 20, tzinfo=UTC), rate)])
        yield Office(vault, known["Alice"], known["Bob"])


async def test_an_administrator_sees_the_instance_and_their_own(office: Office) -> None:
    """What is limited, and day and month without a limit as well."""
    cost = await office.vault.spend(2, office.bob)
    status = await office.of(office.alice)
    assert {(each.scope, each.period): each.spent_nano_eur for each in status.scopes} == {
        ("instance", "day"): cost,
        ("instance", "month"): cost,
        ("user", "day"): 0,
        ("user", "month"): 0,
    }
    day = status.scopes[0]
    assert (day.limit_nano_eur, day.fraction) == (2 * NANO, cost / (2 * NANO))
    assert day.resets_at is not None
    assert day.resets_at.isoformat() == "2026-11-22T00:00:00+01:00"
    assert not status.tripped
    assert (status.trip, status.reason, status.armed, status.notices) == (None, None, True, [])


async def test_others_see_their_own_only(office: Office) -> None:
    """Nothing of it tells what the instance or somebody else spends, nor is it theirs to mend."""
    await office.vault.spend(2, office.alice)
    await office.limit(office.bob, weekly_nano_eur=NANO)
    await office.limit(None, armed=False)
    status = await office.of(office.bob)
    assert [(each.scope, each.period, each.spent_nano_eur) for each in status.scopes] == [
        ("user", "day", 0),
        ("user", "week", 0),
        ("user", "month", 0),
    ]
    assert status.notices == []


async def test_a_hold_shows_as_held(office: Office) -> None:
    """It is not spent yet."""
    await office.vault.hold(office.bob)
    day = (await office.of(office.bob)).scopes[0]
    assert day.spent_nano_eur == 0
    assert day.held_nano_eur > 0


async def test_the_button_shows_with_its_reason(office: Office) -> None:
    """To everybody, as the administrator wrote it, and since when."""
    await office.vault.switch.pull(office.alice, "Back at noon")
    status = await office.of(office.bob)
    assert (status.tripped, status.trip, status.reason) == (True, "hand", "Back at noon")
    assert status.tripped_at == office.vault.time()


@pytest.mark.parametrize(
    "code",
    [
        "meter_ahead",
        "meter_differs",
        "meter_missing",
        "meter_damaged",
        "meter_unreadable",
        "entry_missing",
        "entry_changed",
        "ledger_unreadable",
    ],
)
async def test_a_distrusted_ledger_says_what_to_do(office: Office, code: str) -> None:
    """To an administrator in their language what to do, to others whom to turn to."""
    await office.vault.switch.distrust(code)
    alice, bob = await office.of(office.alice), await office.of(office.bob)
    assert alice.trip == bob.trip == "ledger"
    assert alice.reason is not None
    assert bob.reason is not None
    assert alice.reason.startswith("Le registre des dépenses n’est pas fiable\u00a0: ")
    assert "l’arrêt en" in alice.reason or "restaurez" in alice.reason
    assert bob.reason.startswith("The ledger cannot be trusted: ")
    assert bob.reason.endswith("An administrator must look at it, under Money.")
    assert code not in alice.reason + bob.reason


async def test_a_limit_that_is_used_up_says_which(office: Office) -> None:
    """With what is left and when it starts again: one's own limit."""
    cost = await office.vault.spend(1, office.bob)
    await office.limit(office.bob, daily_nano_eur=cost)
    status = await office.of(office.bob)
    assert (status.tripped, status.trip, status.tripped_at) == (True, "limit", None)
    assert status.reason is not None
    assert status.reason.startswith("The daily limit of your account is used up: €0.00 of ")
    assert status.reason.endswith("It starts again on 22 November at 00:00.")
    assert not (await office.of(office.alice)).tripped


async def test_the_instances_limit_is_told_to_others_without_amounts(office: Office) -> None:
    """They learn why nothing goes out, not what the others spend."""
    cost = await office.vault.spend(1, office.alice)
    await office.limit(None, daily_nano_eur=cost)
    status = await office.of(office.bob)
    assert status.trip == "limit"
    assert status.reason == (
        "The daily limit of this instance is used up. It starts again on 22 November at 00:00."
    )
    alice = (await office.of(office.alice)).reason
    assert alice is not None
    assert alice.startswith("La limite quotidienne de l’instance est épuisée\u00a0: il reste 0,00")


async def test_the_limit_that_lasts_longest_is_named(office: Office) -> None:
    """Else one would come back at midnight for nothing."""
    cost = await office.vault.spend(1, office.bob)
    await office.limit(office.bob, daily_nano_eur=cost, monthly_nano_eur=cost)
    assert "monthly" in str((await office.of(office.bob)).reason)
    await office.limit(office.bob, total_nano_eur=cost)
    assert "does not start again by itself" in str((await office.of(office.bob)).reason)


async def test_a_limit_is_used_up_when_no_useful_answer_fits(office: Office) -> None:
    """A little is left, but 256 tokens of the usual model cost more."""
    cost = await office.vault.spend(1, office.bob)
    price = PriceBook(FILE).find(SONNET, office.vault.time())
    assert price is not None
    useful = -(-256 * price.standard.base.output * 1_000 // 1_085_000)
    await office.limit(office.bob, daily_nano_eur=cost + useful)
    assert not (await office.of(office.bob)).tripped
    await office.limit(office.bob, daily_nano_eur=cost + useful - 1)
    assert (await office.of(office.bob)).trip == "limit"


async def test_disarmed_limits_stop_nothing_and_that_is_said(office: Office) -> None:
    """Limits only warn then."""
    cost = await office.vault.spend(1, office.bob)
    await office.limit(None, daily_nano_eur=cost, armed=False)
    status = await office.of(office.alice)
    assert (status.tripped, status.armed) == (False, False)
    assert await office.notices() == {"armed_off": {}}


async def test_a_clock_that_was_set_back_is_said(office: Office) -> None:
    """Ledger time waits for it; a minute is nothing."""
    await office.vault.spend(1, office.bob)
    office.vault.time.pass_time(seconds=-60)
    assert await office.notices() == {}
    office.vault.time.pass_time(hours=-1)
    assert await office.notices() == {"clock_behind": {"behind_seconds": 3_660}}


async def test_an_old_rate_is_said(office: Office) -> None:
    """Beyond 35 days."""
    office.vault.time.pass_time(days=34)
    assert await office.notices() == {}
    office.vault.time.pass_time(days=1)
    assert await office.notices() == {"rate_old": {"age_days": 36}}


async def test_a_missing_rate_is_said_of_real_money(office: Office) -> None:
    """The simulator's is worth nothing at any rate."""
    office.vault.rates = type(office.vault.rates)()
    assert await office.notices() == {"rate_missing": {}}
    office.simulated = True
    assert await office.notices() == {}


async def test_a_model_without_a_price_is_said(office: Office) -> None:
    """The one that is asked by default would be refused."""
    office.model = "claude-nobody-knows"
    assert await office.notices() == {"model_unpriced": {"model": "claude-nobody-knows"}}


async def test_a_meter_that_cannot_be_written_is_said(office: Office) -> None:
    """And calls are refused."""
    (office.vault.folder / "meter.log").unlink()
    assert await office.vault.refused() == ("storage", "")
    assert await office.notices() == {"meter_unwritable": {}}


async def test_balances_that_were_wrong_are_said(office: Office) -> None:
    """They were set right; somebody should know."""
    await office.vault.spend(1, office.bob)
    with tampering(office.vault.folder) as database:
        database.execute("UPDATE balance SET spent_nano_eur = 1 WHERE scope = 'instance'")
    await office.vault.verifier.look()
    assert await office.notices() == {"ledger_ahead_of_balances": {"balances": 2}}


async def test_the_simulators_money_is_its_own(office: Office) -> None:
    """What was really spent is not in it."""
    await office.vault.spend(1, office.bob)
    office.simulated = True
    status = await office.of(office.bob)
    assert status.simulated
    assert {each.spent_nano_eur for each in status.scopes} == {0}


async def test_whoever_has_no_account_is_told_nothing(office: Office) -> None:
    """An erased person, say."""
    with pytest.raises(Refusal, match="not_found"):
        await office.of(new_id())

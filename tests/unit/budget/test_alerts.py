"""Who is told what, and that it is told once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from schema.tables.budget import AlertRow, BalanceRow, SpendingLimitRow
from schema.wire.money import AlertChoices, More, Scope
from server.core.ids import new_id
from server.core.problems import Refusal
from server.features.budget.limits import ScopeSpent

from .mailroom import Certificate, Household, PostOffice, household, mail

pytestmark = pytest.mark.asyncio
NANO = 1_000_000_000
HUNDRED = 100 * NANO


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Household]:
    """Open an instance without a mail server."""
    async with household(tmp_path / "data", None) as home:
        yield home


def spent(home: Household, before: int, after: int, who: str = "Bob") -> ScopeSpent:
    """Return a settlement in somebody's month ("": the instance's), in per cent of its limit."""
    key: tuple[Scope, str] = ("user", str(home.ids[who])) if who else ("instance", "")
    return ScopeSpent("real", *key, "month", 202611, before * NANO, after * NANO, HUNDRED, 1)


async def settle(home: Household, *changes: ScopeSpent) -> None:
    """Settle, as the budget does: in a unit of work."""
    await home.database.write(lambda: home.alerts.note(changes))


async def told(home: Household, who: str) -> list[int]:
    """Return the thresholds a person was told, in the app, oldest first."""
    rows = await AlertRow.filter(user_id=home.ids[who], channel="app").order_by("id")
    return [row.facts["percent"] for row in rows]


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [(0, 69, []), (69, 70, [70]), (70, 71, []), (89, 90, [90]), (99, 100, [100]), (100, 101, [])],
)
async def test_a_threshold_is_told_when_it_is_crossed(
    home: Household, before: int, after: int, percent: list[int]
) -> None:
    """Exactly at 70, 90 and 100 per cent, not before, and not again above."""
    await settle(home, spent(home, before, after))
    assert await told(home, "Bob") == await told(home, "Alice") == percent
    assert await told(home, "Charlie") == []


async def test_of_several_crossed_at_once_the_highest_is_told(home: Household) -> None:
    """One answer that leads from half to all of it is one alert."""
    await settle(home, spent(home, 50, 95))
    assert await told(home, "Bob") == [90]


async def test_the_same_crossing_is_told_once(home: Household) -> None:
    """Whatever is settled again, after a restart perhaps; another revision is another event."""
    for _ in range(2):
        await settle(home, spent(home, 60, 75))
    assert await told(home, "Bob") == [70]
    await settle(home, replace(spent(home, 60, 75), revision=2))
    await settle(home, replace(spent(home, 60, 75), start=202612))
    await settle(home, replace(spent(home, 60, 75), purse="simulated"))
    await settle(home, replace(spent(home, 60, 75), limit_nano_eur=HUNDRED + 1))
    assert await told(home, "Bob") == [70] * 5


async def test_the_instances_limit_is_the_administrators_business(home: Household) -> None:
    """Alice is told, and nobody else."""
    await settle(home, spent(home, 60, 75, ""))
    assert await told(home, "Alice") == [70]
    assert await told(home, "Bob") == []


async def test_without_a_limit_there_is_nothing_to_cross(home: Household) -> None:
    """Neither where none is set, nor where nothing may be spent at all."""
    await settle(home, replace(spent(home, 60, 75), limit_nano_eur=None))
    await settle(home, replace(spent(home, 60, 75), limit_nano_eur=0))
    assert await home.rows() == []


async def test_one_may_switch_70_and_90_off_but_not_100(home: Household) -> None:
    """Each for oneself; who wants 70 only is told 70 of a jump past both."""
    await home.inbox.choose(home.ids["Bob"], AlertChoices(alert_90=False))
    await settle(home, spent(home, 0, 95))
    assert (await told(home, "Bob"), await told(home, "Alice")) == ([70], [90])
    await home.inbox.choose(home.ids["Bob"], AlertChoices(alert_70=False))
    await settle(home, spent(home, 95, 100))
    assert await told(home, "Bob") == [70, 100]
    settings = await home.inbox.settings(home.ids["Bob"])
    assert (settings.alert_70, settings.alert_90, settings.alert_mail) == (False, False, True)
    assert settings.email == "bob@example.org"


async def test_choosing_is_no_new_limit(home: Household) -> None:
    """What was told is not told again because somebody changed their switches."""
    await SpendingLimitRow.create(
        scope="user", scope_id=str(home.ids["Bob"]), revision=7, updated_at=datetime.now(UTC)
    )
    await home.inbox.choose(home.ids["Bob"], AlertChoices(alert_70=False))
    row = await SpendingLimitRow.get(scope="user")
    assert (row.revision, row.alert_70, row.alert_90) == (7, False, True)


async def test_who_wants_no_mail_gets_none(tmp_path: Path) -> None:
    """The app tells all the same; where there is no address there is no mail either."""
    office = PostOffice(Certificate(tmp_path))
    async with household(tmp_path / "data", mail(office.where())) as home:
        await home.inbox.choose(home.ids["Bob"], AlertChoices(alert_mail=False))
        await settle(home, spent(home, 0, 75))
        mailed = [row.user_id for row in await home.rows(channel="mail")]
        assert mailed == [home.ids["Alice"]]
        assert await told(home, "Bob") == [70]


async def test_devices_are_told_once_it_is_stored(home: Household) -> None:
    """Each in the reader's language; what was rolled back is never told."""

    async def fails() -> None:
        await home.alerts.note([spent(home, 60, 75)])
        raise RuntimeError("the rest of the unit fails")

    with pytest.raises(RuntimeError):
        await home.database.write(fails)
    assert await home.rows() == []
    await settle(home, spent(home, 80, 95))
    await home.is_told(2)
    titles = {user: change.row.title for user, change in home.told if change.row is not None}
    assert titles == {
        home.ids["Alice"]: "Bob\u00a0: 90\u00a0% de la limite mensuelle",
        home.ids["Bob"]: "90% of the monthly limit of your account is used",
    }


async def test_a_lowered_limit_is_looked_at_again(home: Household) -> None:
    """Who has spent 19 of a limit that is now 20 is told so, of that limit only."""
    bob = home.ids["Bob"]
    for scope, scope_id in (("user", str(bob)), ("instance", "")):
        await BalanceRow.create(
            purse="real", scope=scope, scope_id=scope_id, period="month", start=202611,
            spent_nano_eur=19 * NANO,
        )  # fmt: skip
        await SpendingLimitRow.create(
            scope=scope, scope_id=scope_id, monthly_nano_eur=20 * NANO, updated_at=home.time()
        )
    await home.database.write(lambda: home.alerts.limits_changed(bob))
    assert (await told(home, "Bob"), await told(home, "Alice")) == ([90], [90])
    await home.database.write(lambda: home.alerts.limits_changed(None))
    assert (await told(home, "Bob"), await told(home, "Alice")) == ([90], [90, 90])


def request(home: Household, **other: object) -> More:
    """Return what Bob asks for."""
    ask = More(
        id=UUID("019aa0c0-0000-7000-8000-00000000000a"),
        user=home.ids["Bob"],
        username="Bob",
        period="week",
        amount_nano_eur=2 * NANO,
        note="For homework",
        state="open",
        granted_nano_eur=None,
        created_at=home.time(),
        answered_at=None,
    )
    return ask.model_copy(update=other)


async def test_asking_for_more_reaches_the_administrators_and_the_answer_comes_back(
    home: Household,
) -> None:
    """Alice's alert names the request to answer; Bob's says what became of it."""
    await home.database.write(lambda: home.alerts.asked(request(home)))
    (asked,) = (await home.inbox.newest(home.ids["Alice"], 10)).alerts
    assert (asked.kind, asked.ask) == ("ask", request(home).id)
    assert asked.text == (
        "Bob voudrait 2,00\u00a0€ en plus de la limite hebdomadaire. "
        "Son message\u00a0: «\u00a0For homework\u00a0»"
    )
    granted = request(home, state="granted", granted_nano_eur=NANO)
    await home.database.write(lambda: home.alerts.answered(granted))
    (answered,) = (await home.inbox.newest(home.ids["Bob"], 10)).alerts
    assert answered.title == "You have €1.00 more"


async def test_the_red_button_is_told_to_administrators(home: Household) -> None:
    """Who pulled and who lifted it, and why; the server has no name."""
    alice = home.ids["Alice"]
    await home.database.write(lambda: home.alerts.switched("hand", "Trop cher", alice))
    await home.database.write(lambda: home.alerts.switched("", "Rien de grave", None))
    texts = [alert.text for alert in (await home.inbox.newest(alice, 10)).alerts]
    assert texts == [
        "Le serveur a levé l’arrêt\u00a0: Rien de grave.",
        "Alice les a arrêtés\u00a0: Trop cher. Un administrateur peut lever l’arrêt sous Budget.",
    ]
    assert (await home.inbox.newest(home.ids["Bob"], 10)).alerts == []


async def test_seen_is_seen_on_every_device(home: Household) -> None:
    """It counts no longer, the other devices are told; somebody else's alert does not exist."""
    await settle(home, spent(home, 0, 75))
    await home.is_told(2)
    bob = home.ids["Bob"]
    before = await home.inbox.newest(bob, 10)
    assert (before.unseen, before.alerts[0].seen) == (1, False)
    await home.inbox.seen(bob, before.alerts[0].id)
    after = await home.inbox.newest(bob, 10)
    assert (after.unseen, after.alerts[0].seen) == (0, True)
    user, change = home.told[-1]
    assert change.row is not None
    assert (user, change.row.seen) == (bob, True)
    for alert in (new_id(), before.alerts[0].id):
        with pytest.raises(Refusal, match="not_found"):
            await home.inbox.seen(home.ids["Charlie"], alert)


async def test_trying_the_app_out(home: Household) -> None:
    """A test alert is there at once, on all devices."""
    tried = await home.inbox.test(home.ids["Bob"], "app")
    assert (tried.ok, tried.detail) == (True, "It is in your alerts.")
    await home.is_told(1)
    assert (await home.inbox.newest(home.ids["Bob"], 1)).alerts[0].kind == "test"

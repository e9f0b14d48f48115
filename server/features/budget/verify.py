"""Whether the ledger can be trusted: looked at when the server starts, and every day.

A start looks at what can be seen at once: that no entry is missing, that the newest one is the one
the ledger and the second meter remember, that this month's balances are right. The whole chain and
every balance are looked at afterwards, in a thread, a little at a time.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from server.core.clock import Clock
from server.core.problems import Refusal
from server.core.tasks import background, end
from server.store import Database, StorageErrors

from . import recovery
from .entries import METER, chain_after, meter_line
from .ledger import Ledger
from .meter import Meter, MeterLine
from .meter_file import DamagedError
from .periods import Periods
from .scopes import ScopeKey
from .store import audit, days, state
from .store import ledger as ledger_store
from .store import verify as store
from .store.holds import PendingHold
from .store.ledger import Entry
from .store.verify import Standing
from .switch import Switch

EVERY_SECONDS: Final = 24 * 3600
CHUNK_ENTRIES: Final = 200
PAUSE_SECONDS: Final = 0.01
"""Between chunks, so that answers do not wait for this."""

METERED_ENTRIES: Final = 5_000
"""How many of the newest entries a new meter is given."""

RECONCILED: Final = "reconciled"
NOBODY: Final = UUID(int=0)

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an administrator has accepted of a ledger that is not as it was written.

    `breaks` are the entries that do not follow from the one before, with the chain they would have;
    `missing` is how many are gone; `metered` names the meter's lines that were added since.
    """

    breaks: Mapping[int, str] = field(default_factory=dict)
    missing: int = 0
    metered: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found along the chain: breaks nobody has accepted, and why the first is one."""

    breaks: Mapping[int, str]
    code: str | None


class Verifier:
    """Looks, tells the switch, and makes a ledger whole again when a stop is lifted."""

    def __init__(
        self, *, database: Database, clock: Clock, ledger: Ledger, meter: Meter, switch: Switch
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._meter = meter
        self._switch = switch
        self._looking = asyncio.Lock()
        self._hurry = threading.Event()
        """Set when somebody else needs the room of a look that is under way."""
        self._watching: asyncio.Task[None] | None = None
        self.rebuilt = 0
        """How many balances were wrong since the start."""
        switch.reconcile = self.reconcile

    async def open(self) -> None:
        """Look at what a start can see at once; raises what the database raises."""
        accepted = await self._accepted()
        standing = await self._read(store.standing)
        metered = await self._meter.check(store.last_seq, ledger_store.chain_of)
        code = _trouble(standing, accepted) or metered
        if code is not None:
            await self._switch.distrust(code)
        else:
            await self._set_right(self._first_month())

    def watch(self) -> None:
        """Begin to look at everything, now and every day."""
        self._watching = background(self._watch())

    async def close(self) -> None:
        """Stop looking."""
        self._hurry.set()
        if self._watching is not None:
            await end(self._watching)

    async def look(self) -> None:
        """Look at everything once; a ledger that is not whole stops calls, and says so."""
        async with self._looking:
            try:
                code = await self._whole()
            except (sqlite3.OperationalError, *StorageErrors):
                log.exception("ledger not looked at")  # busy, say: tomorrow again
                return
            except sqlite3.DatabaseError:
                log.exception("ledger not readable")
                code = "ledger_unreadable"
            if code is not None:
                await self._switch.distrust(code)

    async def reconcile(self) -> Mapping[str, Any]:
        """Take the ledger as it is, add what the meter knows beyond it, and begin a new meter.

        Returns what was done, for the audit. Raises Refusal `storage`, or `ledger` where the
        database itself is damaged.
        """
        self._hurry.set()
        async with self._looking:
            self._hurry.clear()
            try:
                return await self._reconcile()
            except (sqlite3.OperationalError, *StorageErrors, OSError) as error:
                raise Refusal("storage") from error
            except sqlite3.DatabaseError as error:
                raise Refusal("ledger", reason="ledger_unreadable") from error

    async def _reconcile(self) -> Mapping[str, Any]:
        lines, trouble = await self._metered()
        walk = await self._read(lambda connection: _walk(connection, {}, self._hurry, 0))
        facts = await self._database.write(lambda: self._mend(walk, lines))
        await self._set_right(0)
        await self._set_days_right()
        await self._meter.rebase(*await store.newest_lines(METERED_ENTRIES))
        return {**facts, "meter": trouble} if trouble else facts

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def _whole(self) -> str | None:
        """Return why the ledger cannot be trusted; None where it can, its balances set right."""
        accepted = await self._accepted()
        code = _trouble(await self._read(store.standing), accepted)
        code = code or await self._meter.check(store.last_seq, ledger_store.chain_of)
        if code is not None:
            return code
        walk = await self._read(
            lambda connection: _walk(connection, accepted.breaks, self._hurry, PAUSE_SECONDS)
        )
        if walk.code is not None:
            return walk.code
        if await self._read(store.any_hold_leaked):
            return "entry_missing"
        await self._set_right(0)
        await self._set_days_right()
        return None

    async def _set_right(self, first_month: int) -> None:
        """Add balances up again that are not what the entries say, and write down which."""
        wrong = await self._read(lambda connection: store.wrong_balances(connection, first_month))
        for key in wrong:
            self.rebuilt += await self._database.write(partial(self._set_one_right, key))

    async def _set_days_right(self) -> None:
        """Add up again what reports are made of, where that is not what the entries say."""
        for key in await self._read(days.wrong_days):
            log.error("sum of a day was wrong", extra={"day": list(key)})
            await self._database.write(partial(days.count_again, key))

    async def _set_one_right(self, key: ScopeKey) -> bool:
        """Return whether it was wrong, still."""
        change = await store.set_right(key)
        if change is not None:
            log.error("balance was wrong", extra={"balance": list(key), **change})
            await audit.add(self._clock(), None, "balance_rebuilt", {**key._asdict(), **change})
        return change is not None

    async def _accepted(self) -> Accepted:
        rows = await audit.all_of(RECONCILED)
        if not rows:
            return Accepted()
        facts = rows[-1].facts
        breaks = {int(seq): chain for seq, chain in facts["breaks"].items()}
        return Accepted(breaks, facts["missing"], facts["metered"])

    async def _metered(self) -> tuple[Sequence[MeterLine], str | None]:
        """Return what the meter has, and what is wrong with it if it tells nothing."""
        try:
            return (await self._meter.content()).lines, None
        except FileNotFoundError:
            return (), "meter_missing"
        except (OSError, DamagedError):
            return (), "meter_damaged"

    async def _mend(self, walk: Walk, lines: Sequence[MeterLine]) -> dict[str, Any]:
        """Post what is missing, in one unit of work; return what was done."""
        accepted = await self._accepted()
        last_seq = await store.last_seq()
        missing = last_seq - await store.count()
        await state.put_position_of_entries()
        known = await store.known(min((line.seq for line in lines), default=last_seq))
        unknown = recovery.unknown_to(known, lines)
        metered = recovery.fingerprint(unknown)
        added = [*await self._close_leaked(lines)]
        if metered != accepted.metered:  # else a crash came between adding them and a new meter
            for line in recovery.posts_missing(known, lines):
                added += await self._ledger.add_lost([line])
        facts = {
            "added_entries": len(added),
            "added_real_nano_eur": _sum(added, "real"),
            "added_simulated_nano_eur": _sum(added, "simulated"),
        }
        breaks = {str(seq): chain for seq, chain in walk.breaks.items()}
        kept = {"breaks": breaks, "missing": missing, "metered": metered}
        await audit.add(self._clock(), None, RECONCILED, {**facts, **kept})
        return facts

    async def _close_leaked(self, lines: Sequence[MeterLine]) -> list[Entry]:
        """Close the holds that nobody will settle any more; return what was added for them."""
        added: list[Entry] = []
        for hold in await store.leaked_holds():
            line = recovery.came_to(meter_line(hold), lines)
            await self._ledger.void(_pending(hold), METER)
            added += await self._ledger.add_lost([line])
        return added

    def _first_month(self) -> int:
        """Return the month in which this week began, or this month began."""
        return self._ledger.periods.of(self._clock()).week // 100

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in a thread, with a connection that only reads."""

        def reading() -> T:
            with closing(store.connect(self._database.path)) as connection:
                return work(connection)

        return await asyncio.to_thread(reading)


def _trouble(standing: Standing, accepted: Accepted) -> str | None:
    """Return why a ledger that stands so cannot be trusted, as far as can be seen at once."""
    if standing.entries + accepted.missing != standing.last_seq:
        return "entry_missing"
    if standing.state_seq != standing.last_seq:
        return "entry_missing"
    return "entry_changed" if standing.state_chain != standing.last_chain else None


def _walk(
    connection: sqlite3.Connection,
    accepted: Mapping[int, str],
    hurry: threading.Event,
    pause_seconds: float,
) -> Walk:
    """Follow the chain from its beginning, or as far as there is time."""
    last, chain = 0, ""
    breaks: dict[int, str] = {}
    code: str | None = None
    while rows := store.entries_after(connection, last, CHUNK_ENTRIES):
        for values, written in rows:
            seq, follows = int(values[0] or 0), chain_after(chain, values)
            if (follows, seq) != (written, last + 1) and accepted.get(seq) != follows:
                breaks[seq] = follows
                code = code or ("entry_changed" if seq == last + 1 else "entry_missing")
            last, chain = seq, written
        if hurry.wait(pause_seconds):
            break
    return Walk(breaks, code)


def _sum(entries: Sequence[Entry], purse: str) -> int:
    return sum(entry.amount_nano_eur for entry in entries if entry.purse == purse)


def _pending(hold: Entry) -> PendingHold:
    return PendingHold(
        seq=hold.seq,
        purse=hold.purse,
        user_id=hold.user_id,
        turn_id=hold.turn_id or NOBODY,
        conversation_id=hold.conversation_id or NOBODY,
        model=hold.model,
        at=hold.at,
        periods=Periods(hold.day, hold.week, hold.month),
        amount_nano_eur=hold.amount_nano_eur,
        usd_per_eur_micro=hold.usd_per_eur_micro,
        request={},
    )

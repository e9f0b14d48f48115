"""The ledger: what is held, posted and corrected, written once and never changed.

Everything here is called inside a unit of work. An entry, the balances it counts in, and the sums
of its day are written together or not at all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from server.core.clock import Clock
from server.core.money import nano_eur_of

from .meter_file import MeterLine
from .periods import PeriodBook, Periods, date_of, periods_of
from .scopes import Purse, ScopeKey, keys_of
from .settlement import Post
from .store import balances, holds
from .store import ledger as store
from .store.balances import Balance
from .store.holds import PendingHold
from .store.ledger import Entry, EntryKind, State, Value

MODEL_CHARACTERS: Final = 100
CHAIN_BYTES: Final = 16
UNKNOWN_MODEL: Final = "unknown"
"""Of what only the second meter remembers."""

METER: Final = "meter"
"""Why an entry is added that only the second meter remembers."""


class NotFreeError(Exception):
    """A hold does not fit below a limit, beside what is spent and held."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the ledger stands, and the moment and periods of the entry that comes next.

    Time in the ledger never goes back, whatever the clock does.
    """

    state: State
    at: datetime
    periods: Periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A hold about to be taken; `request` is what its settlement will need."""

    purse: Purse
    user_id: UUID
    turn_id: UUID
    conversation_id: UUID
    model: str
    amount_nano_eur: int
    cost_pico_usd: int
    usd_per_eur_micro: int
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closed:
    """A hold that was just posted or voided, and the balances as they are after it."""

    hold: PendingHold
    entry: Entry
    balances: Mapping[ScopeKey, Balance]


class Ledger:
    """The ledger of an instance whose days are those of `periods`."""

    def __init__(self, *, periods: PeriodBook, clock: Clock) -> None:
        self.periods = periods
        self._clock = clock

    async def open(self) -> None:
        """Have what says where it stands."""
        await store.open_state()

    async def stand(self) -> Stand:
        """Return the moment that an entry would have now."""
        state = await store.state()
        at = _not_before(state, self._clock())
        return Stand(state, at, self.periods.of(at))

    async def hold(
        self,
        draft: Draft,
        stand: Stand,
        *,
        rows: Sequence[Balance],
        ceilings: Mapping[ScopeKey, int],
        owner: str,
        lease_until: datetime,
    ) -> Entry:
        """Hold an amount in all these balances, each below its ceiling, if it has one.

        Raises NotFreeError if it does not fit in one of them: then all is to be rolled back.
        """
        if not await balances.take(rows, draft.amount_nano_eur, ceilings):
            raise NotFreeError
        periods = stand.periods
        entry = await _add(
            stand.state,
            Entry(
                seq=0,
                kind="hold",
                purse=draft.purse,
                user_id=draft.user_id,
                turn_id=draft.turn_id,
                conversation_id=draft.conversation_id,
                model=draft.model[:MODEL_CHARACTERS],
                at=stand.at,
                day=periods.day,
                week=periods.week,
                month=periods.month,
                amount_nano_eur=draft.amount_nano_eur,
                cost_pico_usd=draft.cost_pico_usd,
                usd_per_eur_micro=draft.usd_per_eur_micro,
                reason="request",
            ),
        )
        await holds.add(_pending(draft, entry), owner, lease_until)
        return entry

    async def post(self, hold: PendingHold, post: Post, model: str) -> Closed:
        """Close a hold, that was taken from the pending ones, with what its request cost."""
        cost = post.cost
        rate = hold.usd_per_eur_micro
        entry = await self._add(
            replace(
                _closing(hold, "post", post.reason),
                model=model[:MODEL_CHARACTERS],
                amount_nano_eur=nano_eur_of(cost.pico_usd, rate),
                cost_pico_usd=cost.pico_usd,
                input_tokens=cost.input_tokens,
                output_tokens=cost.output_tokens,
                cache_read_tokens=cost.cache_read_tokens,
                cache_write_tokens=cost.cache_write_tokens,
                web_searches=cost.web_searches,
                cache_saved_nano_eur=nano_eur_of(cost.saved_pico_usd, rate),
                estimated=post.estimated,
            )
        )
        await store.count(
            entry,
            requests=1,
            estimated_nano_eur=entry.amount_nano_eur if post.estimated else 0,
        )
        return await _closed(hold, entry)

    async def void(self, hold: PendingHold, reason: str) -> Closed:
        """Close a hold, that was taken from the pending ones, with nothing."""
        return await _closed(hold, await self._add(_closing(hold, "void", reason)))

    async def correct(
        self, entry_seq: int, delta_nano_eur: int, reason: str, *, delta_pico_usd: int = 0
    ) -> Entry:
        """Change what a post cost by a signed amount, in the periods of that post.

        What was estimated is so no longer. Returns the correction, for `Holding.added` once it is
        on disk. Raises LookupError if there is no such post.
        """
        wrong = await store.entry(entry_seq)
        if wrong is None or wrong.kind != "post":
            raise LookupError(f"Entry {entry_seq} is not a post.")
        known_now = wrong.estimated and not await store.is_corrected(entry_seq)
        entry = await self._add(
            replace(
                _correction(wrong),
                amount_nano_eur=delta_nano_eur,
                cost_pico_usd=delta_pico_usd,
                reason=reason,
            )
        )
        await _count(entry, -wrong.amount_nano_eur if known_now else 0)
        return entry

    async def add_lost(self, lines: Iterable[MeterLine]) -> list[Entry]:
        """Add the amounts that only the second meter knows, as estimates, in their own periods."""
        return [await self._add_lost(line) for line in lines if line.nano_eur]

    async def _add_lost(self, line: MeterLine) -> Entry:
        periods = periods_of(date_of(line.day))
        entry = await self._add(
            Entry(
                seq=0,
                kind="correction",
                purse="simulated" if line.purse == "simulated" else "real",
                user_id=line.user,
                turn_id=None,
                conversation_id=None,
                model=UNKNOWN_MODEL,
                at=self._clock(),
                day=periods.day,
                week=periods.week,
                month=periods.month,
                amount_nano_eur=line.nano_eur,
                usd_per_eur_micro=0,
                estimated=True,
                reason=METER,
            )
        )
        await _count(entry, line.nano_eur)
        return entry

    async def _add(self, entry: Entry) -> Entry:
        """Write an entry that has the moment it has now."""
        return await _add(await store.state(), replace(entry, at=self._clock()))


def meter_line(entry: Entry) -> MeterLine:
    """Return what the second meter keeps of an entry."""
    return MeterLine(
        seq=entry.seq,
        chain=entry.chain,
        kind=entry.kind,
        purse=entry.purse,
        user=entry.user_id,
        day=entry.day,
        month=entry.month,
        nano_eur=entry.amount_nano_eur,
        closes=entry.closes,
    )


def entry_keys(entry: Entry) -> tuple[ScopeKey, ...]:
    """Return the balances that an entry counts in."""
    return keys_of(entry.purse, entry.user_id, Periods(entry.day, entry.week, entry.month))


def chain_after(chain: str, values: Sequence[Value]) -> str:
    """Return the chain of an entry with these `CHAINED_COLUMNS`, after the chain before it."""
    line = json.dumps([chain, *values], ensure_ascii=False, separators=(",", ":"))
    return blake2b(line.encode(), digest_size=CHAIN_BYTES).hexdigest()


async def _add(state: State, entry: Entry) -> Entry:
    """Give an entry its number, its place in the chain and in time, and write it."""
    numbered = replace(entry, seq=state.last_seq + 1, at=_not_before(state, entry.at))
    chain = chain_after(state.chain, store.chained_values(numbered))
    chained = replace(numbered, chain=chain)
    await store.add(chained)
    return chained


async def _count(correction: Entry, estimated_nano_eur: int) -> None:
    await store.count(correction, requests=0, estimated_nano_eur=estimated_nano_eur)
    await balances.add(entry_keys(correction), spent=correction.amount_nano_eur, held=0)


async def _closed(hold: PendingHold, entry: Entry) -> Closed:
    rows = await balances.add(
        keys_of(hold.purse, hold.user_id, hold.periods),
        spent=entry.amount_nano_eur,
        held=-hold.amount_nano_eur,
    )
    return Closed(hold, entry, rows)


def _not_before(state: State, moment: datetime) -> datetime:
    return moment if state.last_at is None else max(moment, state.last_at)


def _pending(draft: Draft, entry: Entry) -> PendingHold:
    return PendingHold(
        seq=entry.seq,
        purse=entry.purse,
        user_id=entry.user_id,
        turn_id=draft.turn_id,
        conversation_id=draft.conversation_id,
        model=entry.model,
        at=entry.at,
        periods=Periods(entry.day, entry.week, entry.month),
        amount_nano_eur=entry.amount_nano_eur,
        usd_per_eur_micro=entry.usd_per_eur_micro,
        request=draft.request,
    )


def _closing(hold: PendingHold, kind: EntryKind, reason: str) -> Entry:
    """Return an entry of nothing that closes a hold, in the periods and at the rate of it."""
    return Entry(
        seq=0,
        kind=kind,
        closes=hold.seq,
        purse=hold.purse,
        user_id=hold.user_id,
        turn_id=hold.turn_id,
        conversation_id=hold.conversation_id,
        model=hold.model,
        at=hold.at,
        day=hold.periods.day,
        week=hold.periods.week,
        month=hold.periods.month,
        amount_nano_eur=0,
        usd_per_eur_micro=hold.usd_per_eur_micro,
        reason=reason,
    )


def _correction(wrong: Entry) -> Entry:
    """Return a correction by nothing."""
    return Entry(
        seq=0,
        kind="correction",
        corrects=wrong.seq,
        purse=wrong.purse,
        user_id=wrong.user_id,
        turn_id=wrong.turn_id,
        conversation_id=wrong.conversation_id,
        model=wrong.model,
        at=wrong.at,
        day=wrong.day,
        week=wrong.week,
        month=wrong.month,
        amount_nano_eur=0,
        usd_per_eur_micro=wrong.usd_per_eur_micro,
        reason="",
    )

"""The ledger: what is held, posted and corrected, written once and never changed.

Everything here is called inside a unit of work. An entry, the balances it counts in, and the sums
of its day are written together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from server.core.clock import Clock
from server.store import Statement, trip

from .entries import (
    Draft,
    closing_entry,
    correction_of,
    entry_keys,
    hold_entry,
    lost_entry,
    next_entry,
    not_before,
    pending_hold,
    post_entry,
)
from .meter_file import MeterLine
from .periods import PeriodBook, Periods
from .scopes import Purse, ScopeKey, keys_of
from .settlement import Post
from .store import balances, holds, limits
from .store import ledger as store
from .store.balances import Balance
from .store.holds import PendingHold
from .store.ledger import Entry, State
from .store.limits import Rules


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


@dataclass(frozen=True, slots=True)
class Account:
    """What counts for a person's next entry: a balance for each of `keys`, and the rules."""

    stand: Stand
    keys: Sequence[ScopeKey]
    rows: Mapping[ScopeKey, Balance]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Closed:
    """A hold that was just posted or voided, and what counts for it after that."""

    hold: PendingHold
    entry: Entry
    keys: Sequence[ScopeKey]
    rows: Mapping[ScopeKey, Balance]
    rules: Rules


class Ledger:
    """The ledger of an instance whose days are those of `periods`."""

    def __init__(self, *, periods: PeriodBook, clock: Clock) -> None:
        self.periods = periods
        self._clock = clock
        self._newest = datetime.min.replace(tzinfo=UTC)
        """A moment the ledger has reached for sure; it is read again each time."""

    async def open(self) -> None:
        """Have what says where it stands."""
        await store.open_state()

    async def stand(self) -> Stand:
        """Return the moment that an entry would have now."""
        state = await store.state()
        at = not_before(state, self._clock())
        return Stand(state, at, self.periods.of(at))

    async def account(self, purse: Purse, user: UUID) -> Account:
        """Return what counts for a person's next entry."""
        at = max(self._clock(), self._newest)
        periods = self.periods.of(at)
        keys = keys_of(purse, user, periods)
        found = await trip(store.STATE, balances.reading(keys), limits.reading(user))
        state = store.state_of(found[0])
        if state.last_at is not None and state.last_at > at:
            self._newest = state.last_at
            return await self.account(purse, user)
        rows = balances.rows_of(found[1])
        await balances.complete(keys, rows)
        return Account(Stand(state, at, periods), keys, rows, limits.rules_of(found[2]))

    async def hold(
        self,
        draft: Draft,
        account: Account,
        *,
        ceilings: Mapping[ScopeKey, int],
        owner: str,
        lease_until: datetime,
    ) -> Entry:
        """Hold an amount in all balances, each below its ceiling, if it has one.

        Raises NotFreeError if it does not fit in one of them: then all is to be rolled back.
        """
        rows = [account.rows[key] for key in account.keys]
        if not await balances.take(rows, draft.amount_nano_eur, ceilings):
            raise NotFreeError
        entry = next_entry(
            account.stand.state, hold_entry(draft, account.stand.at, account.stand.periods)
        )
        await store.add(entry, holds.adding(pending_hold(draft, entry), owner, lease_until))
        return entry

    async def open_hold(self, seq: int) -> tuple[PendingHold | None, State]:
        """Take a hold from the pending ones, to close it, and return where the ledger stands.

        None if the hold is closed already.
        """
        taken, state = await trip(holds.taking(seq), store.STATE)
        return holds.hold_of(taken), store.state_of(state)

    async def post(
        self, hold: PendingHold, post: Post, model: str, state: State | None = None
    ) -> Closed:
        """Close a hold, that was taken from the pending ones, with what its request cost.

        `state` is where the ledger stands, where that was just read.
        """
        entry = post_entry(hold, post, model)
        estimated = entry.amount_nano_eur if post.estimated else 0
        counting = store.counting(entry, requests=1, estimated_nano_eur=estimated)
        return await self._close(hold, entry, state, counting)

    async def void(self, hold: PendingHold, reason: str, state: State | None = None) -> Closed:
        """Close a hold, that was taken from the pending ones, with nothing."""
        return await self._close(hold, closing_entry(hold, "void", reason), state)

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
        return await self._correct(
            replace(
                correction_of(wrong),
                amount_nano_eur=delta_nano_eur,
                cost_pico_usd=delta_pico_usd,
                reason=reason,
            ),
            estimated_nano_eur=-wrong.amount_nano_eur if known_now else 0,
        )

    async def add_lost(self, lines: Iterable[MeterLine]) -> list[Entry]:
        """Add the amounts that only the second meter knows, as estimates, in their own periods."""
        return [
            await self._correct(lost_entry(line, self._clock()), estimated_nano_eur=line.nano_eur)
            for line in lines
            if line.nano_eur
        ]

    async def _correct(self, correction: Entry, *, estimated_nano_eur: int) -> Entry:
        entry = await self._now(correction)
        keys = entry_keys(entry)
        _, found = await store.add(
            entry,
            store.counting(entry, requests=0, estimated_nano_eur=estimated_nano_eur),
            balances.adding(keys, spent=entry.amount_nano_eur, held=0),
        )
        await balances.complete(keys, balances.rows_of(found))
        return entry

    async def _close(
        self, hold: PendingHold, closing: Entry, state: State | None, *more: Statement
    ) -> Closed:
        entry = await self._now(closing, state)
        keys = entry_keys(entry)
        found = await store.add(
            entry,
            balances.adding(keys, spent=entry.amount_nano_eur, held=-hold.amount_nano_eur),
            limits.reading(entry.user_id),
            *more,
        )
        rows = balances.rows_of(found[0])
        await balances.complete(keys, rows)
        return Closed(hold, entry, keys, rows, limits.rules_of(found[1]))

    async def _now(self, entry: Entry, state: State | None = None) -> Entry:
        """Make it the entry that comes next, now."""
        return next_entry(state or await store.state(), replace(entry, at=self._clock()))

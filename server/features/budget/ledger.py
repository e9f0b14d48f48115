"""The ledger: what is held, posted and corrected, written once and never changed.

Everything here is called inside a unit of work. An entry, the balances it counts in, and the sums
of its day are written together or not at all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from server.core.clock import Clock
from server.core.money import nano_eur_of
from server.store import Statement, trip

from .meter_file import MeterLine
from .periods import PeriodBook, Periods, date_of, periods_of
from .scopes import Purse, ScopeKey, keys_of
from .settlement import Post
from .store import balances, holds, limits
from .store import ledger as store
from .store.balances import Balance
from .store.holds import PendingHold
from .store.ledger import Entry, EntryKind, State, Value
from .store.limits import Rules

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


@dataclass(frozen=True, slots=True)
class Account:
    """What counts for a person's next entry: a balance for each of `keys`, and the rules."""

    stand: Stand
    keys: Sequence[ScopeKey]
    rows: Mapping[ScopeKey, Balance]
    rules: Rules


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
        at = _not_before(state, self._clock())
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
        entry = _next(account.stand.state, _hold(draft, account.stand))
        await store.add(entry, holds.adding(_pending(draft, entry), owner, lease_until))
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
        entry = _post(hold, post, model)
        estimated = entry.amount_nano_eur if post.estimated else 0
        counting = store.counting(entry, requests=1, estimated_nano_eur=estimated)
        return await self._close(hold, entry, state, counting)

    async def void(self, hold: PendingHold, reason: str, state: State | None = None) -> Closed:
        """Close a hold, that was taken from the pending ones, with nothing."""
        return await self._close(hold, _closing(hold, "void", reason), state)

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
                _correction(wrong),
                amount_nano_eur=delta_nano_eur,
                cost_pico_usd=delta_pico_usd,
                reason=reason,
            ),
            estimated_nano_eur=-wrong.amount_nano_eur if known_now else 0,
        )

    async def add_lost(self, lines: Iterable[MeterLine]) -> list[Entry]:
        """Add the amounts that only the second meter knows, as estimates, in their own periods."""
        return [await self._add_lost(line) for line in lines if line.nano_eur]

    async def _add_lost(self, line: MeterLine) -> Entry:
        periods = periods_of(date_of(line.day))
        return await self._correct(
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
            ),
            estimated_nano_eur=line.nano_eur,
        )

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
        return _next(state or await store.state(), replace(entry, at=self._clock()))


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


def _next(state: State, entry: Entry) -> Entry:
    """Give an entry its number, its place in the chain and in time."""
    numbered = replace(entry, seq=state.last_seq + 1, at=_not_before(state, entry.at))
    return replace(numbered, chain=chain_after(state.chain, store.chained_values(numbered)))


def _not_before(state: State, moment: datetime) -> datetime:
    return moment if state.last_at is None else max(moment, state.last_at)


def _hold(draft: Draft, stand: Stand) -> Entry:
    periods = stand.periods
    return Entry(
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
    )


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


def _post(hold: PendingHold, post: Post, model: str) -> Entry:
    cost, rate = post.cost, hold.usd_per_eur_micro
    return replace(
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

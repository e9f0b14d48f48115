"""What the entries of the ledger say, and how each follows from the one before it. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from server.core.money import nano_eur_of

from .meter_file import MeterLine
from .periods import Periods, date_of, periods_of
from .scopes import Purse, ScopeKey, keys_of
from .settlement import Post
from .store import ledger as store
from .store.holds import PendingHold
from .store.ledger import Entry, EntryKind, State, Value

MODEL_CHARACTERS: Final = 100
CHAIN_BYTES: Final = 16
UNKNOWN_MODEL: Final = "unknown"
"""Of what only the second meter remembers."""

METER: Final = "meter"
"""Why an entry is added that only the second meter remembers."""


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


def next_entry(state: State, entry: Entry) -> Entry:
    """Give an entry its number, its place in the chain and in time."""
    numbered = replace(entry, seq=state.last_seq + 1, at=not_before(state, entry.at))
    return replace(numbered, chain=chain_after(state.chain, store.chained_values(numbered)))


def not_before(state: State, moment: datetime) -> datetime:
    """Return a moment of the ledger: its time never goes back, whatever the clock does."""
    return moment if state.last_at is None else max(moment, state.last_at)


def hold_entry(draft: Draft, at: datetime, periods: Periods) -> Entry:
    """Return a hold without its number."""
    return Entry(
        seq=0,
        kind="hold",
        purse=draft.purse,
        user_id=draft.user_id,
        turn_id=draft.turn_id,
        conversation_id=draft.conversation_id,
        model=draft.model[:MODEL_CHARACTERS],
        at=at,
        day=periods.day,
        week=periods.week,
        month=periods.month,
        amount_nano_eur=draft.amount_nano_eur,
        cost_pico_usd=draft.cost_pico_usd,
        usd_per_eur_micro=draft.usd_per_eur_micro,
        reason="request",
    )


def pending_hold(draft: Draft, entry: Entry) -> PendingHold:
    """Return what is kept of a hold until it is closed."""
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


def closing_entry(hold: PendingHold, kind: EntryKind, reason: str) -> Entry:
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


def post_entry(hold: PendingHold, post: Post, model: str) -> Entry:
    """Return what closes a hold with what its request cost, at the rate of the hold."""
    cost, rate = post.cost, hold.usd_per_eur_micro
    return replace(
        closing_entry(hold, "post", post.reason),
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


def correction_of(wrong: Entry) -> Entry:
    """Return a correction by nothing, in the periods and at the rate of a post."""
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


def lost_entry(line: MeterLine, at: datetime) -> Entry:
    """Return an estimate of what only the second meter remembers, in its own periods."""
    periods = periods_of(date_of(line.day))
    return Entry(
        seq=0,
        kind="correction",
        purse="simulated" if line.purse == "simulated" else "real",
        user_id=line.user,
        turn_id=None,
        conversation_id=None,
        model=UNKNOWN_MODEL,
        at=at,
        day=periods.day,
        week=periods.week,
        month=periods.month,
        amount_nano_eur=line.nano_eur,
        usd_per_eur_micro=0,
        estimated=True,
        reason=METER,
    )

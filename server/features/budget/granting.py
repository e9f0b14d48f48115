"""How a hold comes about: what a request may cost, and whether the limits allow it now."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from server.core.problems import Refusal

from .answers import Answers
from .bound import counted_bound, input_bound
from .decision import Blocked, Fits, Plan, Tariff, Tight, decide, in_the_way
from .entries import Draft
from .hold import HoldAsk
from .ledger import NotFreeError
from .limits import Standings, standings_of
from .options import Options, UnboundedError
from .parts import HoldingParts
from .periods import PeriodBook
from .prices import Find, Price
from .room import room
from .scopes import purse_of
from .settlement import Held
from .store.ledger import Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold in the ledger, and what its cost is reckoned by."""

    entry: Entry
    held: Held


class HasToWaitError(Exception):
    """Only what others hold stands in the way; nothing was written."""

    def __init__(self, blocked: Blocked) -> None:
        super().__init__(blocked)
        self.blocked = blocked


class Granting:
    """Plans requests, and takes their holds for the process `owner`."""

    def __init__(self, parts: HoldingParts, answers: Answers, owner: str) -> None:
        self._parts = parts
        self._answers = answers
        self._owner = owner

    async def plan(self, ask: HoldAsk) -> Plan:
        """Bound the prompt, and say how much room the answer wants.

        Raises Refusal `model_unpriced`, `invalid` for what has no bound, or what the count raises.
        """
        settings, model = self._parts.settings, ask.request["model"]
        price = _price(self._parts.prices.at(self._parts.clock()), model)
        try:
            options = Options.of(ask.request)
        except UnboundedError as error:
            raise Refusal("invalid", fields=str(error)) from error
        tokens = input_bound(ask)
        asked: int = ask.request["max_tokens"]
        ceiling = min(asked, price.max_output_tokens or asked)
        wanted = room(ask, settings.answer_tokens, ceiling, self._answers.newest(model))
        return Plan(
            ask=ask,
            purse=purse_of(simulated=ask.simulated),
            options=options,
            input_tokens=await self._count(ask) if tokens is None else tokens,
            counted=tokens is None or self._parts.count is None,
            wanted=wanted,
            least=min(wanted, settings.useful_tokens + _thinking_tokens(ask.request)),
        )

    async def counted(self, plan: Plan) -> Plan:
        """Bring the bound of the prompt down by a count; where that fails, it stays."""
        try:
            tokens = min(plan.input_tokens, await self._count(plan.ask))
        except Refusal:
            log.warning("tokens not counted", exc_info=True)
            tokens = plan.input_tokens
        return replace(plan, input_tokens=tokens, counted=True)

    async def take(self, plan: Plan) -> Hold | Tight:
        """Take the hold if the limits allow it now, in the caller's unit of work.

        Raises HasToWaitError if only what others hold stands in the way, else Refusal `budget`,
        `kill_switch`, `ledger`, `model_unpriced` or `invalid`.
        """
        self._parts.switch.check()
        ask, ledger = plan.ask, self._parts.ledger
        account = await ledger.account(plan.purse, ask.user)
        standings = standings_of(account.keys, account.rows, account.rules)
        find = self._parts.prices.at(account.stand.at)
        price = _price(find, ask.request["model"])
        tariff = Tariff(price, self._parts.rates.rate(account.stand.at).usd_per_eur_micro)
        found = _decided(plan, tariff, standings, ledger.periods)
        if isinstance(found, Tight):
            return found
        lease = timedelta(seconds=self._parts.settings.lease_seconds)
        try:
            entry = await ledger.hold(
                _draft(plan, found, tariff),
                account,
                ceilings=found.ceilings,
                owner=self._owner,
                lease_until=self._parts.clock() + lease,
            )
        except NotFreeError as error:
            raise HasToWaitError(in_the_way(found, standings, ledger.periods)) from error
        return Hold(entry, _held(plan, price, find, found.max_tokens))

    async def _count(self, ask: HoldAsk) -> int:
        if self._parts.count is None:
            raise Refusal("invalid", fields="messages")
        return await counted_bound(ask.request, self._parts.count)


def _price(find: Find, model: str) -> Price:
    price = find(model)
    if price is None:
        raise Refusal("model_unpriced", model=model)
    return price


def _decided(plan: Plan, tariff: Tariff, standings: Standings, book: PeriodBook) -> Fits | Tight:
    try:
        return decide(plan, tariff, standings, book)
    except UnboundedError as error:
        raise Refusal("invalid", fields=str(error)) from error


def _held(plan: Plan, price: Price, find: Find, max_tokens: int) -> Held:
    return Held(
        model=plan.ask.request["model"],
        price=price,
        find=find,
        options=plan.options,
        input_tokens=plan.input_tokens,
        max_tokens=max_tokens,
    )


def _draft(plan: Plan, fits: Fits, tariff: Tariff) -> Draft:
    ask = plan.ask
    return Draft(
        purse=plan.purse,
        user_id=ask.user,
        turn_id=ask.turn,
        conversation_id=ask.conversation,
        model=ask.request["model"],
        amount_nano_eur=fits.amount_nano_eur,
        cost_pico_usd=fits.cost_pico_usd,
        usd_per_eur_micro=tariff.usd_per_eur_micro,
        request={
            "model": ask.request["model"],
            "options": plan.options.stored(),
            "input_tokens": plan.input_tokens,
            "max_tokens": fits.max_tokens,
            "cost_pico_usd": fits.cost_pico_usd,
        },
    )


def _thinking_tokens(request: Mapping[str, Any]) -> int:
    """Return what is thought before an answer begins; with less room it is no valid request."""
    match request.get("thinking"):
        case {"type": "enabled", "budget_tokens": int(budget)}:
            return budget
        case _:
            return 0

"""Everybody's money, for administrators."""

from schema.wire.money import Member, Members

from .ledger import Ledger
from .scopes import Purse
from .spending import user_limits
from .store import members, spending
from .store.limits import UNLIMITED


class Membership:
    """Who is there, what they spent from the purse in use, and what they may spend."""

    def __init__(self, *, ledger: Ledger, purse: Purse) -> None:
        self._ledger = ledger
        self._purse = purse

    async def everybody(self) -> Members:
        """Return every account, by name."""
        spent = await members.spent(self._purse, (await self._ledger.stand()).periods)
        rules = await spending.rules_of_people()
        return Members(
            users=[
                Member(
                    id=account.id,
                    username=account.username,
                    role=account.role,
                    spent_day_nano_eur=spent.get((account.id, "day"), 0),
                    spent_week_nano_eur=spent.get((account.id, "week"), 0),
                    spent_month_nano_eur=spent.get((account.id, "month"), 0),
                    limits=user_limits(account.id, rules.get(account.id, UNLIMITED)),
                )
                for account in await members.accounts()
            ]
        )

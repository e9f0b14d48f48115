"""Everybody's money, for administrators."""

from schema.wire.money import Member, Members
from server.core.clock import Clock

from .periods import PeriodBook
from .scopes import purse_of
from .spending import user_limits
from .store import limits, members
from .store.limits import UNLIMITED


class Membership:
    """Who is there, what they spent from the purse in use, and what they may spend."""

    def __init__(self, *, clock: Clock, periods: PeriodBook, simulated: bool) -> None:
        self._clock = clock
        self._periods = periods
        self._purse = purse_of(simulated=simulated)

    async def everybody(self) -> Members:
        """Return every account, by name."""
        spent = await members.spent(self._purse, self._periods.of(self._clock()))
        rules = await limits.people()
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

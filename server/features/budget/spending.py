"""Setting what may be spent: an administrator for the instance and for people, and for oneself.

A limit counts from the moment it is on disk. A person's own limit only ever lowers what they may
spend: one above the administrator's is kept, and has no effect as long as the other is lower.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from schema.wire.money import Limits, LimitsAsk, UserLimits, UserLimitsAsk
from server.core.clock import Clock
from server.core.problems import Refusal
from server.edge.principal import Principal
from server.store import Database

from .pace import Pace
from .store import audit, members
from .store import spending as store
from .store.limits import Rule

CHANGES: Final = 30
CHANGES_SECONDS: Final = 600.0
"""How often a person may change their own limits: each time is kept for good in the audit log."""


async def _nobody(_: UUID | None, _by: UUID | None) -> None:
    """Nobody is alerted."""


class Spending:
    """The limits as they are set. Whose they are is told to others: None is the instance."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._own = Pace(CHANGES, CHANGES_SECONDS)
        self.on_limits: Callable[[UUID | None, UUID | None], Awaitable[None]] = _nobody
        """Looks at the thresholds again, in the unit of work of a change; told who made it."""
        self.on_changed: Callable[[UUID | None], None] = lambda _: None
        """Wakes who waits for a hold and tells the devices, once a change is on disk."""

    async def limits(self, who: Principal) -> Limits:
        """Return the instance's limits to an administrator, to others their own lower ones."""
        instance = await store.rule_of(None)
        if who.role == "admin":
            daily, monthly = instance.daily_nano_eur, instance.monthly_nano_eur
        else:
            own = await store.rule_of(who.user)
            daily, monthly = own.own_daily_nano_eur, own.own_monthly_nano_eur
        return Limits(daily_nano_eur=daily, monthly_nano_eur=monthly, kill_switch=instance.armed)

    async def limits_of(self, user: UUID) -> UserLimits:
        """Return a person's limits: the administrator's and their own."""
        return user_limits(user, await store.rule_of(user))

    async def set_limits(self, who: Principal, ask: LimitsAsk) -> Limits:
        """Set the instance's, or a person's own lower ones. Raises Refusal `forbidden`."""
        if who.role != "admin":
            await self.set_own(who.user, ask)
        else:
            changes = {
                "daily_nano_eur": ask.daily_nano_eur,
                "monthly_nano_eur": ask.monthly_nano_eur,
                "armed": ask.kill_switch,
            }
            await self._change(None, changes, who.user)
        return await self.limits(who)

    async def set_own(self, user: UUID, ask: LimitsAsk) -> UserLimits:
        """Set one's own lower limits; whether limits stop calls is not one's own to say.

        Raises Refusal `forbidden` for disarming what is armed, `too_many_requests`.
        """
        if not ask.kill_switch and (await store.rule_of(None)).armed:
            raise Refusal("forbidden")
        self._own.take(user)
        changes = {
            "own_daily_nano_eur": ask.daily_nano_eur,
            "own_monthly_nano_eur": ask.monthly_nano_eur,
        }
        await self._change(user, changes, user)
        return await self.limits_of(user)

    async def set_user(self, by: UUID, user: UUID, ask: UserLimitsAsk) -> UserLimits:
        """Set what a person may spend; what is absent is no limit. Raises Refusal `not_found`."""
        if not await members.account_exists(user):
            raise Refusal("not_found")
        await self._change(user, ask.model_dump(), by)
        return await self.limits_of(user)

    async def _change(self, user: UUID | None, changes: dict[str, Any], by: UUID) -> None:
        """Set these fields; the audit log keeps what they were.

        Where nothing differs nothing is written, so that no alert is told again for nothing.
        """

        async def unit() -> bool:
            rule = await store.rule_of(user)
            before = {
                name: old
                for name, value in changes.items()
                if (old := getattr(rule, name)) != value
            }
            if not before:
                return False
            now = self._clock()
            await store.change(user, changes, by, now)
            after = {name: changes[name] for name in before}
            facts = {"user": None if user is None else str(user), "before": before, "after": after}
            await audit.add(now, by, "limits_set", facts)
            await self.on_limits(user, by)
            return True

        def then(changed: bool) -> None:  # noqa: FBT001 - the unit's own result
            if changed:
                self.on_changed(user)

        await self._database.write(unit, then)


def user_limits(user: UUID, rule: Rule) -> UserLimits:
    """Return a person's rule as it goes over the wire."""
    return UserLimits(
        user=user,
        daily_nano_eur=rule.daily_nano_eur,
        weekly_nano_eur=rule.weekly_nano_eur,
        monthly_nano_eur=rule.monthly_nano_eur,
        total_nano_eur=rule.total_nano_eur,
        own_daily_nano_eur=rule.own_daily_nano_eur,
        own_monthly_nano_eur=rule.own_monthly_nano_eur,
    )

"""Money: the ledger, what is derived from it, the limits, the prices, and who is told what.

Amounts are integer nano-euros, costs also integer pico-dollars. `purse` is "real" or "simulated":
the two are never added up. Days, weeks and months are those of the instance's time zone, as
numbers: 20261121, the Monday 20261116, 202611.
"""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from .identity import UserRow


class LedgerEntryRow(Model):
    """One line of the ledger: only ever added, numbered without a gap, chained to the line before.

    `kind` is "hold", "post", "void" or "correction". A post or a void `closes` one hold, and a
    hold is closed once. A correction changes what a post cost (`corrects`) by a signed amount.
    `at` never goes back; a post has the periods, the rate and the price of its hold. `chain` is a
    digest of this line and of the chain before it.
    """

    seq = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.CharField(max_length=12)
    closes = fields.BigIntField(null=True, unique=True)
    corrects = fields.BigIntField(null=True)
    purse = fields.CharField(max_length=12)
    user_id = fields.UUIDField()
    turn_id = fields.UUIDField(null=True)
    conversation_id = fields.UUIDField(null=True)
    model = fields.CharField(max_length=100)
    at = fields.DatetimeField()
    day = fields.IntField()
    week = fields.IntField()
    month = fields.IntField()
    amount_nano_eur = fields.BigIntField()
    cost_pico_usd = fields.BigIntField(default=0)
    usd_per_eur_micro = fields.BigIntField()
    input_tokens = fields.BigIntField(default=0)
    output_tokens = fields.BigIntField(default=0)
    cache_read_tokens = fields.BigIntField(default=0)
    cache_write_tokens = fields.BigIntField(default=0)
    web_searches = fields.IntField(default=0)
    cache_saved_nano_eur = fields.BigIntField(default=0)
    estimated = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=40)
    chain = fields.CharField(max_length=32)

    class Meta:
        """Where it lies, and how the entries of a period and of a correction are found."""

        table = "ledger_entry"
        indexes = (
            Index(fields=("purse", "month", "day"), name="ledger_period"),
            Index(fields=("purse", "user_id", "month", "day"), name="ledger_user_period"),
            Index(fields=("at",), name="ledger_at"),
            Index(fields=("corrects",), name="ledger_corrects"),
            Index(fields=("turn_id",), name="ledger_turn"),
        )


class PendingHoldRow(Model):
    """A hold that is neither posted nor voided yet: the working set beside the ledger.

    `seq` is its ledger entry. `request` keeps what its settlement needs (the requested model and
    options, the input bound, max_tokens). Its owner is the process that made it, until
    `lease_until`.
    """

    seq = fields.BigIntField(primary_key=True, generated=False)
    purse = fields.CharField(max_length=12)
    user_id = fields.UUIDField()
    turn_id = fields.UUIDField()
    conversation_id = fields.UUIDField()
    model = fields.CharField(max_length=100)
    at = fields.DatetimeField()
    day = fields.IntField()
    week = fields.IntField()
    month = fields.IntField()
    amount_nano_eur = fields.BigIntField()
    usd_per_eur_micro = fields.BigIntField()
    request: fields.Field[dict[str, Any]] = fields.JSONField()
    owner = fields.CharField(max_length=64)
    lease_until = fields.DatetimeField()

    class Meta:
        """Where it lies."""

        table = "pending_hold"
        indexes = (Index(fields=("turn_id",), name="pending_hold_turn"),)


class BalanceRow(Model):
    """What a scope has spent and holds in a period; checked against the entries.

    `scope` is "instance" (with an empty `scope_id`) or "user"; `period` is "day", "week", "month"
    or "total", which begins at `start` (0 for "total"). `extra_nano_eur` was granted on top of the
    limit for this period only.
    """

    id = fields.BigIntField(primary_key=True)
    purse = fields.CharField(max_length=12)
    scope = fields.CharField(max_length=12)
    scope_id = fields.CharField(max_length=36)
    period = fields.CharField(max_length=8)
    start = fields.IntField()
    spent_nano_eur = fields.BigIntField(default=0)
    held_nano_eur = fields.BigIntField(default=0)
    extra_nano_eur = fields.BigIntField(default=0)

    class Meta:
        """Where it lies; one row per scope and period."""

        table = "balance"
        unique_together = (("purse", "scope", "scope_id", "period", "start"),)


class LedgerStateRow(Model):
    """The one row (id 1) that says where the ledger stands and whether calls are stopped.

    `tripped` is "" (calls are made), "hand" (the red button) or "ledger" (it cannot be trusted).
    """

    id = fields.IntField(primary_key=True, generated=False)
    last_seq = fields.BigIntField(default=0)
    last_at = fields.DatetimeField(null=True)
    chain = fields.CharField(max_length=32, default="")
    tripped = fields.CharField(max_length=12, default="")
    trip_reason = fields.CharField(max_length=500, default="")
    tripped_at = fields.DatetimeField(null=True)
    tripped_by = fields.UUIDField(null=True)

    class Meta:
        """Where it lies."""

        table = "ledger_state"


class SpendingLimitRow(Model):
    """What a scope may spend; null is no limit of its own. `own_…` are a person's lower ones.

    `armed` false means that the limits only warn. `revision` rises with each change, so that
    alerts are told again. `scope_id` is empty for the instance.
    """

    id = fields.IntField(primary_key=True)
    scope = fields.CharField(max_length=12)
    scope_id = fields.CharField(max_length=36)
    daily_nano_eur = fields.BigIntField(null=True)
    weekly_nano_eur = fields.BigIntField(null=True)
    monthly_nano_eur = fields.BigIntField(null=True)
    total_nano_eur = fields.BigIntField(null=True)
    own_daily_nano_eur = fields.BigIntField(null=True)
    own_monthly_nano_eur = fields.BigIntField(null=True)
    armed = fields.BooleanField(default=True)
    alert_70 = fields.BooleanField(default=True)
    alert_90 = fields.BooleanField(default=True)
    alert_mail = fields.BooleanField(default=True)
    revision = fields.IntField(default=1)
    updated_at = fields.DatetimeField()
    updated_by = fields.UUIDField(null=True)

    class Meta:
        """Where it lies; one row per scope."""

        table = "spending_limit"
        unique_together = (("scope", "scope_id"),)


class UsageDayRow(Model):
    """What a person used of a model on a day: the posts and corrections, added up."""

    id = fields.BigIntField(primary_key=True)
    purse = fields.CharField(max_length=12)
    day = fields.IntField()
    user_id = fields.UUIDField()
    model = fields.CharField(max_length=100)
    requests = fields.IntField(default=0)
    input_tokens = fields.BigIntField(default=0)
    output_tokens = fields.BigIntField(default=0)
    cache_read_tokens = fields.BigIntField(default=0)
    cache_write_tokens = fields.BigIntField(default=0)
    web_searches = fields.IntField(default=0)
    cost_nano_eur = fields.BigIntField(default=0)
    estimated_nano_eur = fields.BigIntField(default=0)
    cache_saved_nano_eur = fields.BigIntField(default=0)

    class Meta:
        """Where it lies; one row per day, person and model."""

        table = "usage_day"
        unique_together = (("purse", "day", "user_id", "model"),)


class PriceRow(Model):
    """A price an administrator set: `price` as an entry of prices.yaml; from `at` on it counts."""

    id = fields.IntField(primary_key=True)
    model = fields.CharField(max_length=100)
    price: fields.Field[dict[str, Any]] = fields.JSONField()
    source = fields.CharField(max_length=200)
    at = fields.DatetimeField()
    set_by = fields.UUIDField()

    class Meta:
        """Where it lies."""

        table = "price"
        indexes = (Index(fields=("model", "at"), name="price_model"),)


class RateRow(Model):
    """Millionths of a US dollar for one euro, as an administrator set them; counts from `at` on.

    `date` (20261121) is the day the rate is of.
    """

    id = fields.IntField(primary_key=True)
    date = fields.IntField()
    usd_per_eur_micro = fields.BigIntField()
    source = fields.CharField(max_length=200)
    at = fields.DatetimeField()
    set_by = fields.UUIDField(null=True)

    class Meta:
        """Where it lies."""

        table = "exchange_rate"


class AlertRow(Model):
    """Something to tell one person over one channel, once.

    `channel` is "app" or "mail"; `key` names the event (threshold, scope, period, revision …), so
    that the same one is queued once whatever restarts. `state` is "queued", "sent", "seen" (app),
    or "failed" for good. `facts` fill its sentences in either language.
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "claude_rasp.UserRow", related_name="alerts", on_delete=fields.CASCADE
    )
    user_id: UUID
    channel = fields.CharField(max_length=8)
    kind = fields.CharField(max_length=24)
    key = fields.CharField(max_length=200)
    facts: fields.Field[dict[str, Any]] = fields.JSONField()
    state = fields.CharField(max_length=8)
    attempts = fields.IntField(default=0)
    error = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()
    next_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lies; an event is told once to a person over a channel."""

        table = "alert"
        unique_together = (("user", "channel", "key"),)
        indexes = (Index(fields=("channel", "state", "next_at"), name="alert_due"),)


class BudgetAskRow(Model):
    """A person asks for more in a period. `state` is "open", "granted" or "declined"."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[UserRow] = fields.ForeignKeyField(
        "claude_rasp.UserRow", related_name="budget_asks", on_delete=fields.CASCADE
    )
    user_id: UUID
    purse = fields.CharField(max_length=12)
    period = fields.CharField(max_length=8)
    start = fields.IntField()
    amount_nano_eur = fields.BigIntField()
    note = fields.CharField(max_length=200, default="")
    state = fields.CharField(max_length=10)
    granted_nano_eur = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.UUIDField(null=True)

    class Meta:
        """Where it lies, and how the open ones are found."""

        table = "budget_ask"
        indexes = (Index(fields=("state", "created_at"), name="budget_ask_state"),)


class ProviderUsageRow(Model):
    """What the provider's report says of a model on one of its own days (UTC)."""

    id = fields.BigIntField(primary_key=True)
    day = fields.IntField()
    model = fields.CharField(max_length=100)
    input_tokens = fields.BigIntField(default=0)
    output_tokens = fields.BigIntField(default=0)
    cache_read_tokens = fields.BigIntField(default=0)
    cache_write_tokens = fields.BigIntField(default=0)
    web_searches = fields.IntField(default=0)
    cost_pico_usd = fields.BigIntField()
    fetched_at = fields.DatetimeField()

    class Meta:
        """Where it lies; one row per day and model."""

        table = "provider_usage"
        unique_together = (("day", "model"),)


class AuditRow(Model):
    """Who did what with money, and why; only ever added. `user_id` is null for the server."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    user_id = fields.UUIDField(null=True)
    event = fields.CharField(max_length=40)
    facts: fields.Field[dict[str, Any]] = fields.JSONField()

    class Meta:
        """Where it lies."""

        table = "audit"

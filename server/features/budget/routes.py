"""Money over HTTP: where the limits stand, what was spent, prices, the red button, alerts."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from schema.wire.base import Ask
from schema.wire.money import (
    AlertChoices,
    Alerts,
    AlertSettings,
    AlertTest,
    AlertTestAsk,
    Audit,
    Day,
    KillSwitchAsk,
    Limits,
    LimitsAsk,
    Members,
    ModelPrice,
    MonitorStatus,
    Month,
    More,
    MoreAnswer,
    MoreAsk,
    MoreList,
    PriceAsk,
    PriceList,
    PriceTag,
    RateAsk,
    Reconciliation,
    UsageReport,
    UserLimits,
    UserLimitsAsk,
)
from server.edge.endpoint import answer, endpoint, no_content
from server.edge.principal import Principal

from .service import Monitor

TAG: Final = "money"
CSV: Final = ("text/csv",)


class DailyQuery(Ask):
    """Days of the instance's time zone, both included; by default the last 30."""

    first: Day | None = None
    last: Day | None = None
    format: Literal["json", "csv"] = "json"


class MonthlyQuery(Ask):
    """A month; by default the running one."""

    month: Month | None = None
    format: Literal["json", "csv"] = "json"


class PriceQuery(Ask):
    """The conversation a question goes to (none: a new one), and the model if one is chosen."""

    conversation: UUID | None = None
    model: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class PageQuery(Ask):
    """How many of the newest."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


def blueprint(monitor: Monitor) -> Blueprint:
    """Every route of the slice."""
    group = Blueprint("money", url_prefix="/api/v1")
    _limits(group, monitor)
    _people(group, monitor)
    _usage(group, monitor)
    _prices(group, monitor)
    _switch(group, monitor)
    _alerts(group, monitor)
    _asks(group, monitor)
    return group


def _limits(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/status")
    @endpoint(summary="Where the limits stand", tag=TAG, answers={200: MonitorStatus})
    async def status(request: Request) -> HTTPResponse:
        return answer(await monitor.status(_who(request)))

    @group.get("/monitor/limits")
    @endpoint(
        summary="The limits: the instance's for an administrator, one's own for others",
        tag=TAG,
        answers={200: Limits},
    )
    async def limits(request: Request) -> HTTPResponse:
        return answer(await monitor.limits(_who(request)))

    @group.put("/monitor/limits")
    @endpoint(
        summary="Set them; they count at once",
        description="Others than administrators set lower limits of their own: above the "
        "administrator's they have no effect. Only an administrator disarms (`kill_switch` false).",
        tag=TAG,
        body=LimitsAsk,
        answers={200: Limits},
        problems=("forbidden", "too_many_requests"),
    )
    async def put_limits(request: Request, body: LimitsAsk) -> HTTPResponse:
        return answer(await monitor.set_limits(_who(request), body))

    @group.get("/monitor/limits/me")
    @endpoint(summary="One's own lower limits", tag=TAG, answers={200: UserLimits})
    async def my_limits(request: Request) -> HTTPResponse:
        return answer(await monitor.my_limits(_who(request)))

    @group.put("/monitor/limits/me")
    @endpoint(
        summary="Set one's own lower limits",
        tag=TAG,
        body=LimitsAsk,
        answers={200: UserLimits},
        problems=("forbidden", "too_many_requests"),
    )
    async def put_my_limits(request: Request, body: LimitsAsk) -> HTTPResponse:
        return answer(await monitor.set_my_limits(_who(request), body))


def _people(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/users")
    @endpoint(
        summary="Everybody's spending and limits", tag=TAG, answers={200: Members}, admin=True
    )
    async def users(_: Request) -> HTTPResponse:
        return answer(await monitor.members())

    @group.put("/admin/users/<user:uuid>/limits")
    @endpoint(
        summary="Set what a person may spend: day, week, month, in all",
        tag=TAG,
        body=UserLimitsAsk,
        answers={200: UserLimits},
        problems=("not_found",),
        admin=True,
    )
    async def put_user_limits(request: Request, user: UUID, body: UserLimitsAsk) -> HTTPResponse:
        return answer(await monitor.set_user_limits(_who(request), user, body))


def _usage(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/usage/daily")
    @endpoint(
        summary="What was spent, by day, model and person",
        tag=TAG,
        query=DailyQuery,
        answers={200: UsageReport},
        streams=CSV,
        problems=("invalid",),
    )
    async def daily(request: Request, query: DailyQuery) -> HTTPResponse:
        report = await monitor.daily(_who(request), query.first, query.last)
        return await _report(monitor, request, report, query.format)

    @group.get("/monitor/usage/monthly")
    @endpoint(
        summary="What a month came to, with a forecast for the running one",
        tag=TAG,
        query=MonthlyQuery,
        answers={200: UsageReport},
        streams=CSV,
        problems=("invalid",),
    )
    async def monthly(request: Request, query: MonthlyQuery) -> HTTPResponse:
        report = await monitor.monthly(_who(request), query.month)
        return await _report(monitor, request, report, query.format)

    @group.get("/monitor/reconciliation")
    @endpoint(
        summary="The provider's bill of past days beside the ledger",
        tag=TAG,
        answers={200: Reconciliation},
        admin=True,
    )
    async def reconciliation(request: Request) -> HTTPResponse:
        return answer(await monitor.reconciliation(_who(request)))

    @group.post("/monitor/reconciliation")
    @endpoint(
        summary="Read the provider's report now, and correct estimated entries by it",
        tag=TAG,
        answers={200: Reconciliation},
        admin=True,
    )
    async def reconcile(request: Request) -> HTTPResponse:
        return answer(await monitor.reconcile(_who(request)))


def _prices(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/prices")
    @endpoint(
        summary="Every price, and the exchange rate", tag=TAG, answers={200: PriceList}, admin=True
    )
    async def prices(_: Request) -> HTTPResponse:
        return answer(await monitor.prices())

    @group.put("/monitor/prices/<model:str>")
    @endpoint(
        summary="Set a model's price from now on, or add a model",
        tag=TAG,
        body=PriceAsk,
        answers={200: ModelPrice},
        problems=("invalid",),
        admin=True,
    )
    async def put_price(request: Request, model: str, body: PriceAsk) -> HTTPResponse:
        return answer(await monitor.set_price(_who(request), model, body))

    @group.put("/monitor/rate")
    @endpoint(
        summary="Set the exchange rate from now on",
        tag=TAG,
        body=RateAsk,
        answers={200: PriceList},
        problems=("invalid",),
        admin=True,
    )
    async def put_rate(request: Request, body: RateAsk) -> HTTPResponse:
        return answer(await monitor.set_rate(_who(request), body))

    @group.get("/monitor/price")
    @endpoint(
        summary="What the next question will cost, to reckon with",
        tag=TAG,
        query=PriceQuery,
        answers={200: PriceTag},
        problems=("not_found", "model_unpriced"),
    )
    async def price(request: Request, query: PriceQuery) -> HTTPResponse:
        return answer(await monitor.price(_who(request), query.conversation, query.model))


def _switch(group: Blueprint, monitor: Monitor) -> None:
    @group.post("/monitor/kill-switch")
    @endpoint(
        summary="Pull the red button, or lift the stop; both are audited",
        description="Pulling cuts running answers. Lifting also reconciles a ledger that was not "
        "trusted: what the second meter knows and the ledger does not is added as estimated.",
        tag=TAG,
        body=KillSwitchAsk,
        answers={200: MonitorStatus},
        admin=True,
    )
    async def kill_switch(request: Request, body: KillSwitchAsk) -> HTTPResponse:
        return answer(await monitor.switch(_who(request), body))

    @group.get("/monitor/audit")
    @endpoint(
        summary="Who did what with money, and why",
        tag=TAG,
        query=PageQuery,
        answers={200: Audit},
        admin=True,
    )
    async def audit(_: Request, query: PageQuery) -> HTTPResponse:
        return answer(await monitor.audit(query.limit))


def _alerts(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/alerts")
    @endpoint(summary="One's newest alerts", tag=TAG, query=PageQuery, answers={200: Alerts})
    async def alerts(request: Request, query: PageQuery) -> HTTPResponse:
        return answer(await monitor.alerts(_who(request), query.limit))

    @group.post("/monitor/alerts/<alert:uuid>/seen")
    @endpoint(summary="It was seen", tag=TAG, answers={204: None}, problems=("not_found",))
    async def seen(request: Request, alert: UUID) -> HTTPResponse:
        await monitor.seen(_who(request), alert)
        return no_content()

    @group.get("/monitor/alerts/settings")
    @endpoint(summary="Which alerts one gets", tag=TAG, answers={200: AlertSettings})
    async def alert_settings(request: Request) -> HTTPResponse:
        return answer(await monitor.alert_settings(_who(request)))

    @group.put("/monitor/alerts/settings")
    @endpoint(
        summary="Choose which alerts one gets",
        tag=TAG,
        body=AlertChoices,
        answers={200: AlertSettings},
    )
    async def put_alert_settings(request: Request, body: AlertChoices) -> HTTPResponse:
        return answer(await monitor.choose_alerts(_who(request), body))

    @group.post("/monitor/alerts/test")
    @endpoint(
        summary="Send oneself an alert, to try a channel out",
        tag=TAG,
        body=AlertTestAsk,
        answers={200: AlertTest},
        problems=("too_many_requests",),
    )
    async def test_alert(request: Request, body: AlertTestAsk) -> HTTPResponse:
        return answer(await monitor.test_alert(_who(request), body.channel))


def _asks(group: Blueprint, monitor: Monitor) -> None:
    @group.get("/monitor/asks")
    @endpoint(
        summary="Requests for more: one's own, or everybody's for an administrator",
        tag=TAG,
        query=PageQuery,
        answers={200: MoreList},
    )
    async def asks(request: Request, query: PageQuery) -> HTTPResponse:
        return answer(await monitor.asks(_who(request), query.limit))

    @group.post("/monitor/asks")
    @endpoint(
        summary="Ask for more in a period",
        description="The same id again gives the same request.",
        tag=TAG,
        body=MoreAsk,
        answers={201: More},
        problems=("invalid", "id_conflict", "ask_open"),
    )
    async def ask(request: Request, body: MoreAsk) -> HTTPResponse:
        return answer(await monitor.ask(_who(request), body), 201)

    @group.post("/monitor/asks/<ask:uuid>/answer")
    @endpoint(
        summary="Grant or decline a request for more",
        tag=TAG,
        body=MoreAnswer,
        answers={200: More},
        problems=("not_found", "invalid", "ask_answered", "ask_over"),
        admin=True,
    )
    async def answer_ask(request: Request, ask: UUID, body: MoreAnswer) -> HTTPResponse:
        return answer(await monitor.answer_ask(_who(request), ask, body))


async def _report(
    monitor: Monitor, request: Request, report: UsageReport, wanted: Literal["json", "csv"]
) -> HTTPResponse:
    if wanted == "json":
        return answer(report)
    name = f"claude-rasp-{report.first}-{report.last}.csv"
    return HTTPResponse(
        await monitor.as_csv(_who(request), report),
        headers={"content-disposition": f'attachment; filename="{name}"'},
        content_type="text/csv; charset=utf-8",
    )


def _who(request: Request) -> Principal:
    principal: Principal = request.ctx.principal
    return principal

"""`/healthz`: the process lives. `/readyz`: it can serve."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from sanic import HTTPResponse, Request

from schema.wire.health import Health, Readiness

from .endpoint import answer, endpoint
from .request import App

Check = Callable[[], Awaitable[None]]
"""Returns when its part can serve; raises when it cannot."""

CHECK_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


def install(app: App, checks: Mapping[str, Check]) -> None:
    """Mount both; `checks` are what `/readyz` asks, by the name it shows."""

    @endpoint(summary="Whether the process lives", tag="health", answers={200: Health}, public=True)
    async def healthz(_: Request) -> HTTPResponse:
        return answer(Health())

    @endpoint(
        summary="Whether the server can serve",
        tag="health",
        answers={200: Readiness, 503: Readiness},
        public=True,
    )
    async def readyz(_: Request) -> HTTPResponse:
        results = {name: await _passes(name, check) for name, check in checks.items()}
        if all(results.values()):
            return answer(Readiness(status="ready", checks=results))
        body = Readiness(status="not_ready", checks=results)
        return answer(body, HTTPStatus.SERVICE_UNAVAILABLE)

    app.add_route(healthz, "/healthz", name="healthz")
    app.add_route(readyz, "/readyz", name="readyz")


async def _passes(name: str, check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except Exception:  # whatever it is, this part cannot serve
        log.exception("not ready", extra={"check": name})
        return False
    return True

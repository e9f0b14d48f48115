"""Identity over HTTP."""

from typing import Final

from sanic import Blueprint, HTTPResponse, Request

from schema.wire.identity import (
    Instance,
    LoginAsk,
    Me,
    MeChange,
    PasswordChange,
    Session,
    SetupAsk,
)
from server.edge.cookies import Kind, drop_cookies, put_cookies
from server.edge.endpoint import answer, endpoint, no_content
from server.edge.guard import Guard
from server.edge.visitor import Visitor

from .service import Identity
from .sessions import Device, Grant

TAG: Final = "identity"
ENTRY: Final = ("too_many_attempts", "https_required", "wrong_origin")


def blueprint(identity: Identity) -> Blueprint:
    """Return the addresses of this slice, below /api/v1."""
    routes = Blueprint("identity", url_prefix="/api/v1")
    _add_entry(routes, identity)
    _add_session(routes, identity)
    _add_account(routes, identity)
    return routes


def _add_entry(routes: Blueprint, identity: Identity) -> None:
    @routes.get("/instance")
    @endpoint(
        summary="What anybody may know of this instance",
        tag=TAG,
        answers={200: Instance},
        public=True,
    )
    async def instance(_: Request) -> HTTPResponse:
        return answer(identity.instance())

    @routes.post("/setup")
    @endpoint(
        summary="Make the first administrator",
        tag=TAG,
        body=SetupAsk,
        answers={201: Session},
        problems=("setup_token", "already_set_up", *ENTRY),
        public=True,
    )
    async def setup(request: Request, body: SetupAsk) -> HTTPResponse:
        visitor = _guard(request).check_entry(request)
        return _granted(await identity.setup(body, _device(request, visitor)), visitor, 201)

    @routes.post("/auth/login")
    @endpoint(
        summary="Sign in",
        tag=TAG,
        body=LoginAsk,
        answers={200: Session},
        problems=("bad_credentials", *ENTRY),
        public=True,
    )
    async def login(request: Request, body: LoginAsk) -> HTTPResponse:
        visitor = _guard(request).check_entry(request)
        return _granted(await identity.login(body, _device(request, visitor)), visitor)


def _add_session(routes: Blueprint, identity: Identity) -> None:
    @routes.post("/auth/refresh")
    @endpoint(
        summary="Exchange the refresh cookie for fresh tokens",
        tag=TAG,
        answers={200: Session},
        problems=("signed_out", "wrong_origin"),
        public=True,
    )
    async def refresh(request: Request) -> HTTPResponse:
        token = _guard(request).refresh_token(request)
        visitor = _guard(request).visitor(request)
        grant = await identity.sessions.refresh(token, _device(request, visitor))
        return _granted(grant, visitor)

    @routes.post("/auth/logout")
    @endpoint(summary="Sign out at once", tag=TAG, answers={204: None})
    async def logout(request: Request) -> HTTPResponse:
        visitor = _guard(request).visitor(request)
        await identity.logout(request.ctx.principal, _device(request, visitor))
        response = no_content()
        drop_cookies(response, visitor)
        return response


def _add_account(routes: Blueprint, identity: Identity) -> None:
    @routes.get("/auth/me")
    @endpoint(summary="Who I am", tag=TAG, answers={200: Me})
    async def me(request: Request) -> HTTPResponse:
        return answer(await identity.me(request.ctx.principal))

    @routes.patch("/auth/me")
    @endpoint(summary="Change my preferences", tag=TAG, body=MeChange, answers={200: Me})
    async def change_me(request: Request, body: MeChange) -> HTTPResponse:
        return answer(await identity.change_me(request.ctx.principal, body))

    @routes.put("/auth/password")
    @endpoint(
        summary="Change my password and end all other sessions",
        tag=TAG,
        body=PasswordChange,
        answers={200: Session},
        problems=("bad_credentials", "too_many_attempts"),
    )
    async def change_password(request: Request, body: PasswordChange) -> HTTPResponse:
        visitor = _guard(request).visitor(request)
        device = _device(request, visitor)
        grant = await identity.change_password(request.ctx.principal, body, device)
        return _granted(grant, visitor)


def _guard(request: Request) -> Guard:
    guard: Guard = request.app.ctx.guard
    return guard


def _device(request: Request, visitor: Visitor) -> Device:
    agent = request.headers.get("user-agent", "")
    return Device(address=visitor.address, network=visitor.network, agent=agent)


def _granted(grant: Grant, visitor: Visitor, status: int = 200) -> HTTPResponse:
    """Answer with the session, and put both tokens into cookies."""
    response = answer(grant.session, status)
    tokens: dict[Kind, str] = {
        "access": grant.session.token,
        "refresh": grant.refresh_token,
    }
    put_cookies(response, visitor, tokens, grant.lifetime_seconds)
    return response

"""The door: who may come in, for requests and for sockets."""

from typing import Protocol
from uuid import UUID

from sanic import Request

from server.core.problems import Refusal

from .cookies import read_cookie
from .csrf import (
    SAFE_METHODS,
    refuse_other_origin,
    require_csrf_token,
    require_own_origin,
    require_own_origin_to_upgrade,
)
from .principal import Principal, Via
from .visitor import Visitor, Visitors

__all__ = ["Guard", "Principal", "SignedIn"]


class SignedIn(Protocol):
    """What the guard needs to know of sessions."""

    async def principal(self, access_token: str, via: Via) -> Principal:
        """Return who holds this token.

        Raises Refusal `token_expired` if a refresh helps, `signed_out` if it does not.
        """

    def csrf(self, session: UUID) -> str:
        """Return the CSRF token of a session."""


class Guard:
    """Lets a request in or raises a Refusal that says why not.

    A Bearer token is taken as it is, and the request's cookies are then never looked at. A write
    that comes with cookies must come from our own page and carry the session's CSRF token.
    """

    def __init__(self, signed_in: SignedIn, visitors: Visitors) -> None:
        self._signed_in = signed_in
        self._visitors = visitors

    def visitor(self, request: Request) -> Visitor:
        """Return where the request came from."""
        return self._visitors.of(request)

    async def check(self, request: Request) -> Principal:
        """Return who asks, and keep it as `request.ctx.principal`."""
        visitor = self.visitor(request)
        token, via = self._credentials(request, visitor)
        by_cookie_write = via == "cookie" and request.method not in SAFE_METHODS
        if by_cookie_write:
            require_own_origin(request, visitor)
        principal = await self._signed_in.principal(token, via)
        request.ctx.principal = principal  # known from here on: a refusal speaks their language
        if by_cookie_write:
            require_csrf_token(request, self._signed_in.csrf(principal.session))
        return principal

    async def check_upgrade(self, request: Request) -> Principal:
        """Return who opens a socket; with a cookie it must be our own page."""
        visitor = self.visitor(request)
        token, via = self._credentials(request, visitor)
        if via == "cookie":
            require_own_origin_to_upgrade(request, visitor)
        principal = await self._signed_in.principal(token, via)
        request.ctx.principal = principal
        return principal

    def check_entry(self, request: Request) -> Visitor:
        """Let somebody try to sign in: privately, and not by the hand of another site's page."""
        visitor = self.visitor(request)
        if not visitor.private:
            raise Refusal("https_required")
        refuse_other_origin(request, visitor)
        return visitor

    def refresh_token(self, request: Request) -> str:
        """Return the refresh token that our own page sent along; a Bearer request has none."""
        visitor = self.visitor(request)
        token = None if _bearer(request) is not None else read_cookie(request, visitor, "refresh")
        if not token:
            raise Refusal("signed_out")
        require_own_origin(request, visitor)
        return token

    def _credentials(self, request: Request, visitor: Visitor) -> tuple[str, Via]:
        if (bearer := _bearer(request)) is not None:
            return bearer, "bearer"
        if token := read_cookie(request, visitor, "access"):
            return token, "cookie"
        if read_cookie(request, visitor, "refresh"):
            raise Refusal("token_expired")
        raise Refusal("signed_out")


def _bearer(request: Request) -> str | None:
    """Return the Bearer token ("" if it is empty); None if the request does not say Bearer."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None

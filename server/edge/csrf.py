"""Whether a request that a browser carries our cookies with was meant by our own page."""

import hmac
from base64 import urlsafe_b64encode
from typing import Final
from uuid import UUID

from sanic import Request

from server.core.problems import Refusal

from .visitor import Visitor, normal_origin

HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


def csrf_token(key: bytes, session: UUID) -> str:
    """Return the token of a session: the same for its whole life."""
    return urlsafe_b64encode(hmac.digest(key, session.bytes, "sha256")).decode().rstrip("=")


def require_csrf_token(request: Request, expected: str) -> None:
    """Raise Refusal `csrf` unless the header carries the session's token."""
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refusal("csrf")


def require_own_origin(request: Request, visitor: Visitor) -> None:
    """Raise Refusal `wrong_origin` unless the browser says that our own page asks."""
    if not (_says_origin(request) or _says_site(request)):
        raise Refusal("wrong_origin")
    refuse_other_origin(request, visitor)


def require_own_origin_to_upgrade(request: Request, visitor: Visitor) -> None:
    """Raise Refusal `wrong_origin` unless a socket is opened by our own page.

    Every browser sends Origin with an upgrade; not all of them say Sec-Fetch-Site there.
    """
    if [normal_origin(origin) for origin in _says_origin(request)] != [visitor.origin]:
        raise Refusal("wrong_origin")


def refuse_other_origin(request: Request, visitor: Visitor) -> None:
    """Raise Refusal `wrong_origin` if the browser says that another page asks.

    Who says nothing is no browser (they all send Origin with a write), and has no cookies that it
    was not given on purpose.
    """
    origins, sites = _says_origin(request), _says_site(request)
    if any(normal_origin(origin) != visitor.origin for origin in origins):
        raise Refusal("wrong_origin")
    if any(site != "same-origin" for site in sites):
        raise Refusal("wrong_origin")


def _says_origin(request: Request) -> list[str]:
    return request.headers.getall("origin", [])


def _says_site(request: Request) -> list[str]:
    return request.headers.getall("sec-fetch-site", [])

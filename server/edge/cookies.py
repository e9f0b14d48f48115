"""The cookies of a session: its two tokens, and a mark that holds nothing.

The page itself may read the mark, and so knows without asking when nobody is signed in here.

Over HTTPS their names begin with `__Host-`, which makes the browser itself insist on Secure, on the
path / and on no domain. Plain names are set and read on loopback only; over plain HTTP from a
network there are no cookies at all.
"""

from typing import Final, Literal

from sanic import HTTPResponse, Request
from sanic.cookies.request import parse_cookie

from .visitor import Visitor

Kind = Literal["access", "refresh"]
MARK: Final = "here"
NAMES: Final = ("access", "refresh", MARK)


def read_cookie(request: Request, visitor: Visitor, kind: Kind) -> str | None:
    """Return the token of this kind, or None."""
    if not visitor.private:
        return None
    # HTTP/2 may send each cookie in a line of its own.
    cookies = parse_cookie("; ".join(request.headers.getall("cookie", [])))
    return next(iter(cookies.get(_full_name(visitor, kind), ())), None)


def put_cookies(
    response: HTTPResponse, visitor: Visitor, tokens: dict[Kind, str], max_age_seconds: int
) -> None:
    """Set these tokens for as long as the session lasts; each tells its own expiry."""
    for kind, token in tokens.items():
        _set(response, visitor, kind, token, max_age_seconds)
    _set(response, visitor, MARK, "1", max_age_seconds)


def drop_cookies(response: HTTPResponse, visitor: Visitor) -> None:
    """Have the browser forget them."""
    for name in NAMES:
        _set(response, visitor, name, "", 0)


def _full_name(visitor: Visitor, name: str) -> str:
    return f"{'__Host-' if visitor.scheme == 'https' else ''}claude-rasp-{name}"


def _set(
    response: HTTPResponse, visitor: Visitor, name: str, value: str, max_age_seconds: int
) -> None:
    response.add_cookie(
        _full_name(visitor, name),
        value,
        path="/",
        secure=visitor.scheme == "https",
        httponly=name != MARK,
        samesite="Strict",
        max_age=max_age_seconds,
    )

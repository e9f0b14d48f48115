"""A request as our edge sees it: with an id for the log, and never more body than is allowed."""

import re
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final

from sanic import Config, Request, Sanic
from sanic.compat import Header
from sanic.exceptions import PayloadTooLarge

from server.core.ids import new_id

App = Sanic[Config, SimpleNamespace]
"""The app as Sanic types it."""

TOO_LARGE: Final = "Request body exceeds the size limit"
PATIENCE: Final = 8
"""How many times the limit is read of a body that is too long, before the connection is cut."""

_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class EdgeRequest(Request):
    """Sanic's request, bounded.

    Under ASGI Sanic itself puts no bound on a body, and everywhere it takes any `X-Request-ID`, and
    hands on bytes that are no UTF-8 as surrogates, which nothing can encode or store.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(*args, **kwargs)
        if not all(value.isascii() for value in self.headers.values()):
            self.headers = Header((name, _readable(value)) for name, value in self.headers.items())
        self.began = perf_counter()
        self._request_id: str | None = None

    @property
    def id(self) -> str:
        """What the log calls this request: the sender's own id if it is well-formed, else ours."""
        if self._request_id is None:
            sent = self.headers.getone("x-request-id", "")
            self._request_id = sent if _WELL_FORMED.fullmatch(sent) else str(new_id())
        return self._request_id

    async def receive_body(self) -> None:
        """Read the body. Raises PayloadTooLarge when it is longer than the limit.

        What is too long is read on for a while and forgotten: closing with bytes unread would
        reset the connection, and the client would never see why.
        """
        if self.body:
            return
        limit = int(self.app.config.REQUEST_MAX_SIZE)
        patience = limit * PATIENCE
        stream: Any = self.stream
        stream.request_max_size = patience
        body, size = bytearray(), 0
        if not self._would_fit(limit if "expect" in self.headers else patience):
            raise PayloadTooLarge(TOO_LARGE)
        async for piece in stream:
            size += len(piece)
            if size > patience:
                break
            if size <= limit:
                body += piece
        if size > limit:
            raise PayloadTooLarge(TOO_LARGE)
        self.body = bytes(body)

    def _would_fit(self, limit: int) -> bool:
        """Whether the declared length, if there is one, is within `limit`."""
        length = self.headers.getone("content-length", "0")
        return not (length.isascii() and length.isdigit()) or int(length) <= limit


def _readable(value: str) -> str:
    """The header's text; what was no UTF-8 in it shows as U+FFFD."""
    return value.encode(errors="surrogateescape").decode(errors="replace")

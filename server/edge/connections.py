"""A bound on open connections: each costs memory and a file descriptor; a Pi has few of both."""

import resource
from asyncio import BaseTransport, Transport
from typing import Final, cast

from sanic.server.protocols.websocket_protocol import WebSocketProtocol

from server.core.problems import Refusal

from .problems import problem_response

RETRY_AFTER_SECONDS: Final = 5
LINGER_SECONDS: Final = 1.0
OTHER_FILES: Final = 256
"""File descriptors for all but connections: database, log, upstream, libraries."""


class BoundedProtocol(WebSocketProtocol):
    """Sanic's connection; one more than `connections_max` is answered 503 and closed."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Take the connection, or say that there are too many."""
        settings = self.app.ctx.settings.server
        if len(self.connections) < settings.connections_max:
            super().connection_made(transport)  # type: ignore[no-untyped-call]
            return
        refused = cast("Transport", transport)
        refused.write(_too_many(settings.language))
        refused.write_eof()
        # Closed a little later: closing before the request is read would reset the connection,
        # and the client would never see the answer.
        self.loop.call_later(LINGER_SECONDS, refused.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, if it was taken."""
        if self in self.connections:
            super().connection_lost(exc)  # type: ignore[no-untyped-call]

    def data_received(self, data: bytes) -> None:
        """Read, if the connection was taken."""
        if self in self.connections:
            super().data_received(data)  # type: ignore[no-untyped-call]


def _too_many(language: str) -> bytes:
    refusal = Refusal("too_many_connections", retry_after_seconds=RETRY_AFTER_SECONDS)
    response = problem_response(refusal, language)
    head = [f"HTTP/1.1 {response.status} Service Unavailable", "Connection: close"]
    head += [f"{name}: {value}" for name, value in response.headers.items()]
    body = response.body or b""
    head += [f"Content-Type: {response.content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def allow_files(connections: int) -> None:
    """Raise this process's limit of open files as far as it may and `connections` need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

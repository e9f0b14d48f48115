"""Serving with Sanic's own server, in this process."""

import asyncio
import errno
import signal
import socket
from typing import Final

from sanic import Request
from sanic.http.http1 import Http
from sanic.response import BaseHTTPResponse

from server.app import create_app
from server.core.errors import StartError
from server.edge.connections import BoundedProtocol, allow_files
from server.edge.logs import open_log
from server.edge.request import App
from server.greeting import greet_when_ready
from server.settings import Settings

BACKLOG: Final = 256

AGAIN_SECONDS: Final = 1.0
"""How long a stop may take to come through; in fact it does within the same moment."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError when the start is refused."""
    open_log(settings)
    allow_files(settings.server.connections_max)
    # Bound by us and first of all: a port in use is told before anything is touched.
    listener = bind(settings.server.host, settings.server.port)
    app = create_app(settings)
    signals = StopOnSignals()
    app.register_listener(signals.listen, "after_server_start")
    app.register_listener(signals.closing, "before_server_stop")
    app.register_middleware(last_answer, "response")
    greet_when_ready(app, listener.getsockname()[1])
    app.run(
        sock=listener, protocol=BoundedProtocol, backlog=BACKLOG, single_process=True, motd=False
    )


class StopOnSignals:
    """Stops on SIGTERM and SIGINT, also on one that comes while the start ends, and only once.

    Sanic's own handler stops the loop at once. Before the loop runs for good that stop is lost;
    while the server is being closed it would break that off. In the last moment of the start even
    ours is lost: it is given again, unless the server has begun to close by then.
    """

    def __init__(self) -> None:
        self._stopping = False
        self._again: asyncio.TimerHandle | None = None

    async def listen(self, app: App) -> None:
        """Take the signals over."""
        for number in (signal.SIGINT, signal.SIGTERM):
            app.loop.add_signal_handler(number, self._stop, app)

    async def closing(self, _: App) -> None:
        """The stop has come through."""
        if self._again is not None:
            self._again.cancel()

    def _stop(self, app: App) -> None:
        if not app.state.is_running:
            app.loop.call_soon(self._stop, app)
        elif not self._stopping:
            self._stopping = app.state.is_stopping = True
            app.stop(terminate=False)
            self._again = app.loop.call_later(AGAIN_SECONDS, app.loop.stop)


async def last_answer(request: Request, _: BaseHTTPResponse) -> None:
    """Close a connection behind its answer once the server stops, which else waits for it."""
    if request.app.state.is_stopping and isinstance(request.stream, Http):
        request.stream.keep_alive = False


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to this address; raises StartError if that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except UnicodeError:  # no name at all, for the resolver
        raise StartError(f"{host} is not a possible name of a machine.") from None
    except OSError as error:
        raise StartError(_why_not(error, host, port)) from None
    return listener


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is in use on {host}. CLAUDE_RASP_PORT names another one."
        case errno.EACCES:
            return f"This user may not use port {port}. CLAUDE_RASP_PORT names another one."
        case _:
            return (
                f"{host} is not an address of this machine ({error.strerror}). CLAUDE_RASP_HOST "
                "names another one."
            )

"""An app called in this process, as an ASGI server would: for units that need no real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sanic import Config, Sanic

from server.edge.request import App, EdgeRequest


def bare_app(name: str) -> App:
    """An app with nothing mounted, of which there can be many in one process."""
    Sanic.test_mode = True
    config = Config({"ACCESS_LOG": False, "AUTO_EXTEND": False, "MOTD": False})
    return Sanic(name, config, request_class=EdgeRequest, configure_logging=False)


@asynccontextmanager
async def inside(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Start the app, yield a client of it, stop it."""
    said: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, said.get, heard.put))
    said.put_nowait({"type": "lifespan.startup"})
    done, _ = await asyncio.wait(
        {life, asyncio.ensure_future(heard.get())}, return_when=asyncio.FIRST_COMPLETED
    )
    assert done.pop().result()["type"] == "lifespan.startup.complete"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    said.put_nowait({"type": "lifespan.shutdown"})
    await life

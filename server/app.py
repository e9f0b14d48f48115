"""The composition root: wires everything, decides nothing."""

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

from sanic import Sanic

import schema
from schema.wire.frames import Welcome
from server import __version__
from server.adapters.claude import Claude, Upstream
from server.adapters.cost_report import CostReport
from server.adapters.keys import ServerKey
from server.adapters.mail import Mail, mail_server
from server.adapters.passwords import Passwords
from server.core.clock import system_clock
from server.edge import compression, headers, health, hosts, logs, openapi, problems, static
from server.edge.attempts import Attempts
from server.edge.guard import Guard
from server.edge.hub import Hub, HubLimits
from server.edge.principal import Principal
from server.edge.request import App, EdgeRequest
from server.edge.visitor import Visitors
from server.features.budget import routes as money_routes
from server.features.budget.assembly import Asked, Money, Outside
from server.features.budget.letter import Letterhead
from server.features.chat import routes as chat_routes
from server.features.chat import socket as chat_socket
from server.features.chat.estimate import prompt_tokens
from server.features.chat.ports import ChatSettings, TurnParts
from server.features.chat.service import ChatService
from server.features.identity import routes as identity_routes
from server.features.identity.service import About, Identity, Tools
from server.resources import resource
from server.settings import Settings
from server.simulator.serve import Simulator
from server.store import Database

MIGRATIONS: Final = Path(schema.__file__).parent / "migrations"
ANTHROPIC: Final = "https://api.anthropic.com"
NO_KEY: Final = "the-simulator-takes-any-key"


def create_app(settings: Settings) -> App:
    """The whole server, not started: starting and stopping are listeners of the app."""
    app = Sanic("claude-rasp", request_class=EdgeRequest, configure_logging=False)
    _configure(app, settings)
    parts = _Parts(settings)
    app.ctx.settings = settings
    app.ctx.guard = parts.guard
    app.ctx.setup_token = None

    problems.install(app)
    hosts.install(
        app, (*settings.server.allowed_hosts, settings.server.host), settings.server.public_url
    )
    headers.install(app, parts.visitors)
    compression.install(app)
    logs.install(app)
    health.install(app, {"database": parts.database.check, "ledger": parts.money.trusted})
    app.blueprint(identity_routes.blueprint(parts.identity))
    app.blueprint(money_routes.blueprint(parts.money.monitor))
    app.blueprint(chat_routes.blueprint(parts.chat, parts.hub))
    app.blueprint(chat_socket.blueprint(parts.chat, parts.hub, parts.welcome))
    openapi.install(app)
    static.install(app, resource("pwa"))

    async def start(app: App) -> None:
        await parts.open()
        app.ctx.setup_token = parts.identity.setup_token

    async def end_turns(_: App) -> None:
        await parts.end_turns()

    async def stop(_: App) -> None:
        await parts.close()

    app.register_listener(start, "before_server_start")
    app.register_listener(end_turns, "before_server_stop")
    # Handlers that waited for a turn read its end from the database first.
    app.register_listener(stop, "after_server_stop")
    return app


class _Parts:
    """Everything that lives as long as the server, opened and closed in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.simulated = settings.claude.api_key is None
        self.database = Database(settings.server.data, MIGRATIONS)
        self.visitors = Visitors(settings.server.trusted_proxies)
        self.hub = Hub(_hub_limits(settings))
        self.simulator = Simulator()
        self.claude = Claude(_upstream(settings))
        self.identity = self._make_identity()
        self.guard = Guard(self.identity.sessions, self.visitors)
        self.money = self._make_money()
        self.chat = ChatService(
            TurnParts(
                database=self.database,
                claude=self.claude,
                budget=self.money.holding,
                tell=self.hub.tell,
                settings=_chat_settings(settings),
                clock=system_clock,
            )
        )
        self.money.cut_with(self.chat.cut)
        self.money.tags.known_tokens = partial(prompt_tokens, simulated=self.simulated)

    def _make_money(self) -> Money:
        settings = self._settings
        server, claude = settings.server, settings.claude
        post = mail_server(settings.mail)
        head = Letterhead(server.name, post.sender if post else "", server.public_url)
        admin_key = claude.admin_key
        return Money(
            settings.budget,
            settings.chat.lease_seconds,
            Asked(claude.model, claude.max_tokens, self.simulated),
            Outside(
                database=self.database,
                clock=system_clock,
                prices=resource("config/prices.yaml"),
                tell=self.hub.tell,
                present=self.hub.present,
                count=self.claude.count_tokens,
                letterhead=head,
                mail=Mail(post, head.host) if post else None,
                report=None
                if admin_key is None
                else CostReport(claude.base_url or ANTHROPIC, admin_key.get_secret_value()),
            ),
        )

    def _make_identity(self) -> Identity:
        server = self._settings.server
        tools = Tools(
            key=ServerKey(server.data),
            passwords=Passwords(),
            attempts=Attempts(),
            clock=system_clock,
        )
        about = About(name=server.name, language=server.language, simulator=self.simulated)
        return Identity(
            self.database, self._settings.identity, about, tools, self.hub.close_session
        )

    async def open(self) -> None:
        """Start everything, or nothing. Raises StartError with what to do."""
        async with AsyncExitStack() as undo:
            await self.database.open()
            # Its thread would keep a refused start alive.
            undo.push_async_callback(self.database.close)
            with self.database.starting():
                await self.identity.open()
            await self.money.open()
            undo.push_async_callback(self.money.close)
            if self.simulated:
                self.claude.point_at(await self.simulator.start())
                undo.push_async_callback(self.simulator.stop)
            with self.database.starting():
                await self.chat.start()
            await self.money.start()
            undo.pop_all()

    async def end_turns(self) -> None:
        """End every turn, keeping what Claude has said so far, and every socket."""
        self.hub.close_all()
        await self.chat.close()

    async def close(self) -> None:
        """Stop everything, once nobody is being answered any more."""
        await self.money.close()
        await self.claude.close()
        await self.simulator.stop()
        self.identity.close()
        await self.database.close()

    async def welcome(self, principal: Principal) -> Welcome:
        """The first frame of a socket. Somebody is here: have the Claude SDK ready for them."""
        self.claude.warm_soon()
        return Welcome(
            version=__version__,
            user=(await self.identity.me(principal)).user,
            simulator=self.simulated,
            heartbeat_seconds=self._settings.socket.heartbeat_seconds,
        )


def _upstream(settings: Settings) -> Upstream:
    key = settings.claude.api_key
    return Upstream(
        base_url=settings.claude.base_url or ANTHROPIC,
        api_key=NO_KEY if key is None else key.get_secret_value(),
        connect_timeout_seconds=settings.chat.connect_seconds,
        silence_timeout_seconds=settings.chat.upstream_silence_seconds,
    )


def _chat_settings(settings: Settings) -> ChatSettings:
    chat = settings.chat
    return ChatSettings(
        model=settings.claude.model,
        max_tokens=settings.claude.max_tokens,
        simulated=settings.claude.api_key is None,
        message_max_bytes=chat.message_max_bytes,
        turns_at_once=chat.turns_at_once,
        rate_per_minute=chat.rate_per_minute,
        journal_interval_seconds=chat.journal_interval_milliseconds / 1000,
        lease_seconds=chat.lease_seconds,
        deleted_kept_days=chat.deleted_kept_days,
    )


def _hub_limits(settings: Settings) -> HubLimits:
    socket = settings.socket
    return HubLimits(
        queue_frames=socket.queue_frames,
        queue_bytes=socket.queue_bytes,
        per_user_max=socket.per_user_max,
        total_max=socket.total_max,
    )


def _configure(app: App, settings: Settings) -> None:
    """What Sanic itself is told: our limits, and none of its extras."""
    server = settings.server
    app.config.update(
        {
            "ACCESS_LOG": False,
            "AUTO_EXTEND": False,
            "MOTD": False,
            "GRACEFUL_SHUTDOWN_TIMEOUT": server.stop_seconds,
            "KEEP_ALIVE_TIMEOUT": server.keep_alive_seconds,
            "REQUEST_MAX_HEADER_SIZE": server.header_max_bytes,
            "REQUEST_MAX_SIZE": server.body_max_bytes,
            "REQUEST_TIMEOUT": server.request_seconds,
            "RESPONSE_TIMEOUT": server.response_seconds,
            "WEBSOCKET_MAX_SIZE": settings.socket.frame_max_bytes,
            "WEBSOCKET_PING_INTERVAL": settings.socket.heartbeat_seconds,
            "WEBSOCKET_PING_TIMEOUT": settings.socket.heartbeat_seconds,
        }
    )

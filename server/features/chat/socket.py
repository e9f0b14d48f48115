"""The chat channel: commands come in, receipts, changes and the events of watched turns go out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json
from sanic import Blueprint, Request, Websocket
from sanic.exceptions import WebsocketClosed

from schema.wire.frames import (
    SUBPROTOCOL,
    Accepted,
    Approve,
    ClientFrame,
    Ping,
    Pong,
    Refused,
    Resume,
    Retry,
    Send,
    Stop,
    Welcome,
    client_frame,
)
from schema.wire.problem import Problem
from server.core.problems import Refusal
from server.edge.endpoint import refuse_invalid
from server.edge.hub import Close, Hub, Peer
from server.edge.principal import Principal
from server.store import DatabaseError, StorageErrors

from .commands import Again, Question
from .ports import Person
from .service import ChatService, options_of

WATCHED_MAX: Final = 256
"""Turns one socket may watch at the same time."""

HANDSHAKE: Final = ("connection", "upgrade", "sec-websocket-")
"""How the headers begin that a handshake consists of."""

CLOSE_SECONDS: Final = 2.0
"""How long a client may take to answer our close before its connection is cut."""

log = logging.getLogger(__name__)


class ChatSocket:
    """One connected device."""

    def __init__(self, service: ChatService, person: Person, peer: Peer) -> None:
        self._service = service
        self._person = person
        self._peer = peer
        self._watched: dict[UUID, asyncio.Task[None]] = {}

    async def take(self, text: str | bytes) -> None:
        """Carry out one frame; whatever is wrong with it is told, never raised.

        What comes once the socket is to be closed, its session revoked perhaps, is not carried out.
        """
        if self._peer.closing:
            return
        wanted = None
        try:
            frame = _parse(text)
            wanted = getattr(frame, "id", None)
            await self._carry_out(frame)
        except Refusal as refusal:
            self._refuse(wanted or _id_in(text), refusal)
        except StorageErrors:
            log.exception("command not stored")
            self._refuse(wanted, Refusal("storage"))
        except DatabaseError:
            log.exception("command not carried out")
            self._refuse(wanted, Refusal("internal", request_id=str(wanted)))

    def end(self) -> None:
        """Stop watching."""
        for task in self._watched.values():
            task.cancel()

    async def _carry_out(self, frame: ClientFrame) -> None:
        match frame:
            case Send():
                question = Question(
                    frame.id,
                    frame.conversation,
                    frame.content,
                    frame.place,
                    options_of(frame.options),
                )
                turn = await self._service.send(self._person, question)
                await self._accept(frame.id, turn.id)
            case Retry():
                again = Again(frame.id, frame.message, options_of(frame.options))
                turn = await self._service.retry(self._person, again)
                await self._accept(frame.id, turn.id)
            case Stop():
                await self._service.stop(self._person, frame.turn)
            case Resume():
                await self._watch(frame.turn, frame.after)
            case Approve():
                raise Refusal("no_such_call")
            case Ping():
                self._peer.push(Pong().model_dump_json())

    async def _accept(self, command: UUID, turn: UUID) -> None:
        """Say that a command is stored, and show its turn from the beginning."""
        self._peer.push(Accepted(id=command, turn=turn).model_dump_json())
        await self._watch(turn, 0)

    async def _watch(self, turn: UUID, after: int) -> None:
        """Send a turn's events from there on; a second time, from the new place."""
        events = await self._service.follow(self._person, turn, after)
        if (watching := self._watched.pop(turn, None)) is not None:
            watching.cancel()
        if len(self._watched) >= WATCHED_MAX:
            raise Refusal("too_many_requests", retry_after_seconds=10)

        async def send_all() -> None:
            async for event in events:
                await self._peer.put(event.json)

        task = asyncio.create_task(send_all())
        self._watched[turn] = task
        task.add_done_callback(lambda ended: self._forget(turn, ended))

    def _forget(self, turn: UUID, task: asyncio.Task[None]) -> None:
        if self._watched.get(turn) is task:
            del self._watched[turn]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("watching failed", exc_info=error)

    def _refuse(self, command: UUID | None, refusal: Refusal) -> None:
        problem = refusal.problem(self._person.language)
        self._peer.push(Refused(id=command, problem=problem).model_dump_json())


def _parse(text: str | bytes) -> ClientFrame:
    if isinstance(text, bytes):
        raise Refusal("frame_malformed", fields="frames are text, not binary")
    try:
        return client_frame.validate_json(text)
    except ValidationError as error:
        refusal = refuse_invalid(error)
        fields = refusal.facts.get("fields", "it is not valid JSON")
        raise Refusal("frame_malformed", fields=fields) from None


def _id_in(text: str | bytes) -> UUID | None:
    """Return the id of a frame that could not be read otherwise, so that its sender knows."""
    try:
        return UUID(from_json(text)["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def blueprint(
    service: ChatService, hub: Hub, welcome: Callable[[Principal], Awaitable[Welcome]]
) -> Blueprint:
    """`GET /api/v1/chat`, subprotocol `claude-rasp.v1`."""
    socket = Blueprint("chat-socket", url_prefix="/api/v1")

    async def check(request: Request) -> None:
        of_handshake = [v for k, v in request.headers.items() if k.lower().startswith(HANDSHAKE)]
        if not all(value.isascii() for value in of_handshake):
            raise Refusal("bad_request")  # a library below would make a 500 of it
        offered = ",".join(request.headers.getall("sec-websocket-protocol", []))
        is_socket = request.headers.get("upgrade", "").lower() == "websocket"
        if not is_socket or SUBPROTOCOL not in (each.strip() for each in offered.split(",")):
            raise Refusal("upgrade_required")
        await request.app.ctx.guard.check_upgrade(request)

    async def chat(request: Request, ws: Websocket) -> None:
        principal = request.ctx.principal
        person = Person(principal.user, principal.language)
        try:
            peer = hub.join(principal.user, principal.session)
        except Refusal as refusal:
            await _turn_away(ws, refusal.problem(person.language))
            return
        try:
            await _look_again(request, peer)
            peer.push((await welcome(principal)).model_dump_json())
            await _serve(ChatSocket(service, person, peer), peer, ws)
        finally:
            hub.leave(peer)

    socket.on_request(check)
    socket.add_websocket_route(chat, "/chat", subprotocols=[SUBPROTOCOL])
    return socket


async def _serve(device: ChatSocket, peer: Peer, ws: Websocket) -> None:
    """Read and write until one side ends; then end the other."""
    reader = asyncio.create_task(_read(ws, device.take))
    writer = asyncio.create_task(_write(peer, ws))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        await _let_leave(reader)
    finally:
        device.end()
        reader.cancel()
        writer.cancel()
        await asyncio.wait({reader, writer})


async def _look_again(request: Request, peer: Peer) -> None:
    """Close a socket whose session ended between the check at the door and its place in the hub."""
    try:
        await request.app.ctx.guard.check_upgrade(request)
    except Refusal:
        peer.close(Close.SIGNED_OUT)


async def _turn_away(ws: Websocket, problem: Problem) -> None:
    """Say why there is no place."""
    await ws.send(Refused(id=None, problem=problem).model_dump_json())
    await ws.close(Close.TOO_MANY.code, Close.TOO_MANY.reason)
    await _let_leave(asyncio.create_task(_read(ws, _nothing)))


async def _read(ws: Websocket, take: Callable[[str | bytes], Awaitable[None]]) -> None:
    """Take every frame until the client closes."""
    try:
        while (text := await ws.recv()) is not None:
            await take(text)
    except WebsocketClosed:
        pass


async def _write(peer: Peer, ws: Websocket) -> None:
    """Send what is queued until we close."""
    try:
        why = await peer.pump(ws.send)
        await ws.close(why.code, why.reason)
    except WebsocketClosed:
        pass


async def _let_leave(reader: asyncio.Task[None]) -> None:
    """Wait a moment for the client's own close; without one Sanic cuts a cancelled handler off."""
    await asyncio.wait({reader}, timeout=CLOSE_SECONDS)
    reader.cancel()
    await reader


async def _nothing(_: str | bytes) -> None:
    """Whoever is turned away has no say."""

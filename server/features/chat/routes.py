"""Conversations, messages and turns over HTTP, as JSON and as server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from schema.wire.base import Ask
from schema.wire.chat import (
    Conversation,
    ConversationChange,
    ConversationCreate,
    ConversationDetail,
    ConversationPage,
    MessageCreate,
    RetryAsk,
    TurnResult,
)
from server.core.ids import new_id
from server.core.problems import KINDS
from server.edge.endpoint import answer, endpoint, no_content
from server.edge.hub import Hub
from server.edge.sse import last_event_id, stream_events, wants_events

from .commands import Again, Question
from .live import Event
from .ports import Person
from .service import ChatService, options_of

POSITION_MAX = 2**31 - 1

UPSTREAM = tuple(code for code in KINDS if code.startswith("upstream_"))
MONEY = ("budget", "kill_switch", "ledger", "model_unpriced")
ASKING = (
    *("not_found", "id_conflict", "rate_limited", "shutting_down", "interrupted"),
    *MONEY,
    *UPSTREAM,
)
"""How a question may be refused, or its turn fail."""

EVENTS = ("text/event-stream",)
"""These answer with the turn's events (`TurnEvent`), each with its seq as `id`."""


class ListQuery(Ask):
    """A page of the list; `before` is the cursor the last page gave."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before: str | None = None


class DetailQuery(Ask):
    """A page of messages; `before` is the position the last page gave."""

    limit: Annotated[int, Field(ge=1, le=200)] = 100
    before: Annotated[int, Field(ge=0, le=POSITION_MAX)] | None = None


def blueprint(service: ChatService, hub: Hub) -> Blueprint:
    """Every route of the slice but the socket."""
    group = Blueprint("chat", url_prefix="/api/v1")
    _conversations(group, service)
    _conversation(group, service)
    _turns(group, service, hub)
    return group


def _conversations(group: Blueprint, service: ChatService) -> None:
    @group.get("/conversations")
    @endpoint(
        summary="The conversations, the most recently active first",
        tag="chat",
        query=ListQuery,
        answers={200: ConversationPage},
    )
    async def list_conversations(request: Request, query: ListQuery) -> HTTPResponse:
        return answer(await service.list(_person(request), query.before, query.limit))

    @group.post("/conversations")
    @endpoint(
        summary="Make a conversation",
        description="The same id again answers with the same conversation.",
        tag="chat",
        body=ConversationCreate,
        answers={201: Conversation},
        problems=("id_conflict",),
    )
    async def create_conversation(request: Request, body: ConversationCreate) -> HTTPResponse:
        return answer(await service.create(_person(request), body.id, body.title), 201)


def _conversation(group: Blueprint, service: ChatService) -> None:
    @group.get("/conversations/<conversation:uuid>")
    @endpoint(
        summary="A conversation with a page of its messages",
        tag="chat",
        query=DetailQuery,
        answers={200: ConversationDetail},
        problems=("not_found",),
    )
    async def read_conversation(
        request: Request, conversation: UUID, query: DetailQuery
    ) -> HTTPResponse:
        person = _person(request)
        return answer(await service.detail(person, conversation, query.before, query.limit))

    @group.patch("/conversations/<conversation:uuid>")
    @endpoint(
        summary="Rename a conversation",
        tag="chat",
        body=ConversationChange,
        answers={200: Conversation},
        problems=("not_found",),
    )
    async def rename_conversation(
        request: Request, conversation: UUID, body: ConversationChange
    ) -> HTTPResponse:
        return answer(await service.rename(_person(request), conversation, body.title))

    @group.delete("/conversations/<conversation:uuid>")
    @endpoint(
        summary="Delete a conversation; restoring it undoes this",
        tag="chat",
        answers={204: None},
        problems=("not_found",),
    )
    async def delete_conversation(request: Request, conversation: UUID) -> HTTPResponse:
        await service.delete(_person(request), conversation)
        return no_content()

    @group.post("/conversations/<conversation:uuid>/restore")
    @endpoint(
        summary="Bring a deleted conversation back",
        tag="chat",
        answers={200: Conversation},
        problems=("not_found",),
    )
    async def restore_conversation(request: Request, conversation: UUID) -> HTTPResponse:
        return answer(await service.restore(_person(request), conversation))


def _turns(group: Blueprint, service: ChatService, hub: Hub) -> None:
    @group.post("/conversations/<conversation:uuid>/messages")
    @endpoint(
        summary="Ask a question and get the answer",
        description="The question is stored first; the same id again gives the same turn.",
        tag="chat",
        body=MessageCreate,
        answers={200: TurnResult},
        streams=EVENTS,
        problems=("message_empty", "message_too_long", "parent_unknown", *ASKING),
    )
    async def create_message(
        request: Request, conversation: UUID, body: MessageCreate
    ) -> HTTPResponse | None:
        question = Question(
            body.id or new_id(), conversation, body.content, body.place, options_of(body.options)
        )
        turn = await service.send(_person(request), question)
        return await _answer_turn(request, service, hub, turn.id)

    @group.post("/messages/<message:uuid>/retry")
    @endpoint(
        summary="Ask for another answer to a question",
        tag="chat",
        body=RetryAsk,
        answers={200: TurnResult},
        streams=EVENTS,
        problems=ASKING,
    )
    async def retry_message(request: Request, message: UUID, body: RetryAsk) -> HTTPResponse | None:
        again = Again(body.id or new_id(), message, options_of(body.options))
        turn = await service.retry(_person(request), again)
        return await _answer_turn(request, service, hub, turn.id)

    @group.get("/turns/<turn:uuid>/events")
    @endpoint(
        summary="Watch a turn",
        description="Goes on after Last-Event-ID; a turn that has ended answers with a snapshot.",
        tag="chat",
        answers={},
        streams=EVENTS,
        problems=("not_found", "invalid"),
    )
    async def watch_turn(request: Request, turn: UUID) -> HTTPResponse | None:
        after = last_event_id(request)
        await _stream(request, hub, await service.follow(_person(request), turn, after))
        return None

    @group.delete("/turns/<turn:uuid>")
    @endpoint(
        summary="Stop a turn, keeping what has arrived",
        tag="chat",
        answers={204: None},
        problems=("not_found",),
    )
    async def stop_turn(request: Request, turn: UUID) -> HTTPResponse:
        await service.stop(_person(request), turn)
        return no_content()


async def _answer_turn(
    request: Request, service: ChatService, hub: Hub, turn: UUID
) -> HTTPResponse | None:
    """Stream the turn if the client wants that, else wait for its end.

    The stream opens when the budget has decided: what it refuses is answered with its own status.
    """
    person = _person(request)
    if not wants_events(request):
        return answer(await service.result(person, turn))
    await _stream(request, hub, await service.begin(person, turn))
    return None


async def _stream(request: Request, hub: Hub, events: AsyncIterator[Event]) -> None:
    with hub.listening(request.ctx.principal.session) as over:
        await stream_events(request, events, over)


def _person(request: Request) -> Person:
    principal = request.ctx.principal
    return Person(principal.user, principal.language)

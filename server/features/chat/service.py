"""What a person can do with conversations, whichever way the request came in."""

import base64
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from schema.tables.chat import ConversationRow, TurnRow
from schema.wire.chat import (
    Conversation,
    ConversationDetail,
    ConversationPage,
    TurnOptions,
    TurnResult,
)
from schema.wire.events import TurnFailed, TurnFinished, TurnSnapshot
from schema.wire.frames import ConversationChanged, MessageChanged, TurnChanged
from server.core.ids import new_id
from server.core.problems import Refusal

from . import store
from .commands import Accepted, Again, Question, Start, accept_question, accept_retry
from .engine import Engine
from .live import Event, LiveTurn
from .ports import Person, TurnParts
from .rate import Rate
from .wire import (
    conversation_of,
    message_of,
    problem_of,
    refusal_of,
    refusal_of_problem,
    turn_of,
)


class ChatService:
    """Conversations, questions and turns of a person. Everything is reached through its owner."""

    def __init__(self, parts: TurnParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._rate = Rate(parts.settings.rate_per_minute)
        self.engine = Engine(parts)

    async def start(self) -> None:
        """Pick up what a crash left, and forget for good what was deleted long ago."""
        await self.engine.start()
        kept = timedelta(days=self._parts.settings.deleted_kept_days)
        await self._database.write(lambda: store.purge_deleted(self._parts.clock() - kept))

    async def close(self) -> None:
        """Stop what runs, keeping what has arrived."""
        await self.engine.close()

    # conversations

    async def list(self, person: Person, before: str | None, limit: int) -> ConversationPage:
        """Return a page of the list; raises Refusal on a cursor that is none of ours."""
        rows = await store.conversations(person.id, _cursor(before), limit + 1)
        page = rows[:limit]
        more = _to_cursor(page[-1]) if len(rows) > limit else None
        return ConversationPage(conversations=[self._shown(row) for row in page], before=more)

    async def create(self, person: Person, wanted: UUID | None, title: str | None) -> Conversation:
        """Make a conversation; the same id again gives the same one."""
        now = self._parts.clock()
        new = wanted or new_id()
        row = {
            "id": new,
            "user_id": person.id,
            "title": title,
            "created_at": now,
            "updated_at": now,
        }

        async def unit() -> ConversationRow:
            known = await store.conversation(person.id, new)
            if known is not None:
                return known
            if await store.any_conversation_exists(new):
                raise Refusal("id_conflict")
            return await store.create_conversation(row)

        return self._shown(await self._database.write(unit, self._teller(person)))

    async def detail(
        self, person: Person, conversation: UUID, before: int | None, limit: int
    ) -> ConversationDetail:
        """Return a conversation with a page of its messages and the turns that have not ended."""
        row = await self._conversation(person, conversation)
        rows = await store.messages(row.id, before, limit + 1)
        page = rows[-limit:]
        turns = await store.open_turns(row.id)
        return ConversationDetail(
            **self._shown(row).model_dump(),
            messages=[message_of(message, person.language) for message in page],
            before=page[0].position if len(rows) > limit else None,
            turns=[turn_of(self.engine.newest(turn)) for turn in turns],
        )

    async def rename(self, person: Person, conversation: UUID, title: str) -> Conversation:
        """Give a conversation another title."""

        async def unit() -> ConversationRow:
            row = await self._conversation(person, conversation)
            row.title = title
            await store.save(row, ["title"])
            return row

        return self._shown(await self._database.write(unit, self._teller(person)))

    async def delete(self, person: Person, conversation: UUID) -> None:
        """Put a conversation away; `restore` undoes it. What runs in it is stopped first."""
        row = await self._conversation(person, conversation)
        for turn in await store.open_turns(row.id):
            await self.engine.stop(turn)

        async def unit() -> None:
            fresh = await self._conversation(person, conversation)
            fresh.deleted_at = self._parts.clock()
            await store.save(fresh, ["deleted_at"])

        gone = ConversationChanged(op="delete", id=conversation, row=None)
        await self._database.write(unit, lambda _: self._parts.tell(person.id, gone))

    async def restore(self, person: Person, conversation: UUID) -> Conversation:
        """Bring a deleted conversation back."""

        async def unit() -> ConversationRow:
            row = await store.conversation(person.id, conversation, deleted=True)
            if row is None:
                raise Refusal("not_found")
            row.deleted_at = None
            await store.save(row, ["deleted_at"])
            return row

        return self._shown(await self._database.write(unit, self._teller(person)))

    # questions and turns

    async def send(self, person: Person, question: Question) -> TurnRow:
        """Store a question and start its turn; the same command again gives the same turn."""
        self._check_content(question.content)
        start = self._start()
        accepted = await self._database.write(
            lambda: accept_question(person, question, start),
            lambda accepted: self._begin(person, accepted),
        )
        return accepted.turn

    async def retry(self, person: Person, again: Again) -> TurnRow:
        """Start a new turn under a question; the same command again gives the same turn."""
        start = self._start()
        accepted = await self._database.write(
            lambda: accept_retry(person, again, start),
            lambda accepted: self._begin(person, accepted),
        )
        return accepted.turn

    async def stop(self, person: Person, turn: UUID) -> None:
        """Stop a turn and return when its end is stored; one that has ended stays as it is."""
        await self.engine.stop(await self._turn(person, turn))

    async def cut(self, reason: str) -> None:
        """Fail every answer that is being written, and return when what had arrived is stored."""
        await self.engine.cut(Refusal("kill_switch", reason=reason))

    async def begin(self, person: Person, turn: UUID) -> AsyncIterator[Event]:
        """Return the events of a turn once there is one, as soon as it is held for or waits.

        Raises Refusal if the turn failed before anything else.
        """
        events = await self.follow(person, turn, 0)
        first = await anext(events)
        if first.kind == "turn.failed":
            problem = TurnFailed.model_validate_json(first.json).problem
            raise refusal_of_problem(problem)
        return _from(first, events)

    async def follow(self, person: Person, turn: UUID, after: int) -> AsyncIterator[Event]:
        """Return the events of a turn after the one numbered `after`, to its end.

        A turn that has ended answers with a snapshot of its answer and its end. Raises Refusal
        before the first event.
        """
        row = await self._turn(person, turn)
        live = self.engine.find(turn)
        if live is not None:
            return live.follow(after)
        # It may have ended between the two lines above: read it again, now that it is stored.
        return await self._ended_events(person, await self._turn(person, row.id), after)

    async def result(self, person: Person, turn: UUID) -> TurnResult:
        """Wait for a turn's end and return its answer; raises Refusal if it failed."""
        live = self.engine.find(turn)
        if live is not None:
            await live.wait_end()
        row = await self._turn(person, turn)
        question = await store.message(person.id, row.message_id)
        answer = await store.message(person.id, row.answer_id)
        if question is not None and answer is None and row.ended_at is None:
            raise Refusal("storage")  # its end is stored once that is possible again
        if question is None or answer is None:
            raise Refusal("not_found")
        if answer.problem is not None:
            raise refusal_of(answer.problem)
        shown = message_of(answer, person.language)
        return TurnResult(
            user_message=message_of(question, person.language),
            message=shown,
            usage=shown.usage,
            cost_nano_eur=shown.cost_nano_eur,
        )

    # parts

    def _check_content(self, content: str) -> None:
        if not content.strip():
            raise Refusal("message_empty")
        limit = self._parts.settings.message_max_bytes
        if (length := len(content.encode("utf-8", "surrogatepass"))) > limit:
            raise Refusal("message_too_long", length_bytes=length, limit_bytes=limit)

    def _start(self) -> Start:
        if self.engine.closing:
            raise Refusal("shutting_down")
        return Start(
            simulated=self._parts.settings.simulated,
            runs_now=self.engine.has_room,
            owner=self.engine.owner,
            lease_until=self.engine.lease_until(),
            now=self._parts.clock(),
            admit=self._rate.take,
        )

    def _begin(self, person: Person, accepted: Accepted) -> None:
        if accepted.known:
            return
        self.engine.take(accepted.turn)
        question, turn = accepted.question, accepted.turn
        shown = message_of(question, person.language)
        self._parts.tell(person.id, MessageChanged(op="put", id=question.id, row=shown))
        self._parts.tell(person.id, TurnChanged(op="put", id=turn.id, row=turn_of(turn)))
        self._teller(person)(accepted.conversation)

    async def _conversation(self, person: Person, conversation: UUID) -> ConversationRow:
        row = await store.conversation(person.id, conversation)
        if row is None:
            raise Refusal("not_found")
        return row

    async def _turn(self, person: Person, turn: UUID) -> TurnRow:
        row = await store.turn(person.id, turn)
        if row is None:
            raise Refusal("not_found")
        return row

    def _shown(self, row: ConversationRow) -> Conversation:
        return conversation_of(row, running=self.engine.is_running(row.id))

    def _teller(self, person: Person) -> Callable[[ConversationRow], None]:
        """Return what tells the person's devices of a conversation as it is now."""

        def tell(row: ConversationRow) -> None:
            changed = ConversationChanged(op="put", id=row.id, row=self._shown(row))
            self._parts.tell(person.id, changed)

        return tell

    async def _ended_events(self, person: Person, row: TurnRow, after: int) -> AsyncIterator[Event]:
        # Numbered after whatever the watcher has seen, which may be more than was stored.
        live = LiveTurn(row.id, person.language, _nothing, first_seq=after + 1)
        answer = await store.message(person.id, row.answer_id)
        if answer is None:  # its end could not be stored: the next start will close it
            interrupted = Refusal("interrupted").problem(person.language)
            live.emit(TurnFailed, problem=interrupted, message=None)
            live.end()
            return live.follow(after)
        shown = message_of(answer, person.language)
        live.emit(TurnSnapshot, message=shown)
        if (problem := problem_of(answer.problem, person.language)) is not None:
            live.emit(TurnFailed, problem=problem, message=shown)
        else:
            live.emit(
                TurnFinished,
                stop_reason=shown.stop_reason or "end_turn",
                message=shown,
                usage=shown.usage,
                cost_nano_eur=shown.cost_nano_eur,
            )
        live.end()
        return live.follow(after)


def options_of(options: TurnOptions | None) -> dict[str, Any]:
    """Return the options a client gave, without those it left out."""
    return {} if options is None else options.model_dump(exclude_none=True)


async def _from(first: Event, others: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield first
    async for event in others:
        yield event


def _nothing() -> None:
    """An ended turn has nothing to journal."""


def _to_cursor(row: ConversationRow) -> str:
    text = f"{row.updated_at.isoformat()} {row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(text: str | None) -> tuple[datetime, UUID] | None:
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        at, last = base64.urlsafe_b64decode(padded).decode().split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(last)
    except (ValueError, OverflowError) as error:  # no base64, two parts, moment or id
        raise Refusal("invalid", fields="before") from error

"""Every query of the slice finds its rows by an index, however much there is."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.backends.sqlite.client import SqliteClient

from server.core.ids import new_id
from server.features.chat import store

from .conftest import Study

pytestmark = pytest.mark.asyncio

Query = tuple[str, list[Any]]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANY = new_id()

READS: dict[str, Callable[[], Awaitable[object]]] = {
    "conversation": lambda: store.conversation(ANY, ANY),
    "any_conversation_exists": lambda: store.any_conversation_exists(ANY),
    "conversations": lambda: store.conversations(ANY, None, 50),
    "conversations, next page": lambda: store.conversations(ANY, (NOW, ANY), 50),
    "message": lambda: store.message(ANY, ANY),
    "message_in": lambda: store.message_in(ANY, ANY),
    "any_message_exists": lambda: store.any_message_exists(ANY),
    "newest_message": lambda: store.newest_message(ANY),
    "messages": lambda: store.messages(ANY, None, 100),
    "messages, next page": lambda: store.messages(ANY, 7, 100),
    "path_to": lambda: store.path_to(ANY),
    "turn_of_command": lambda: store.turn_of_command(ANY),
    "turn": lambda: store.turn(ANY, ANY),
    "turn_of_answer": lambda: store.turn_of_answer(ANY, ANY),
    "turns_of_question": lambda: store.turns_of_question(ANY),
    "open_turns": store.open_turns,
    "open_turns of one": lambda: store.open_turns(ANY),
    "waiting_for": lambda: store.waiting_for(ANY),
    "renew_leases": lambda: store.renew_leases("me", NOW),
    "journal": lambda: store.journal(ANY),
    "drop_journal": lambda: store.drop_journal(ANY),
}
ONCE = {"purge_deleted", "create_conversation", "add_message", "add_turn", "add_journal", "save"}
"""Inserts, an update by key, and what runs once at each start."""
IN_ORDER = [name for name in READS if name.startswith(("conversations", "messages", "newest"))]
"""What may have many rows is read in the order of its index, and not sorted."""


@contextmanager
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Query]]:
    """Note the SQL that Tortoise really sends, with its values."""
    queries: list[Query] = []

    def noting(name: str) -> None:
        original = getattr(SqliteClient, name)

        async def execute(self: SqliteClient, query: str, *rest: Any, **more: Any) -> object:  # noqa: ANN401 - as it came
            queries.append((query, list(rest[0] if rest and rest[0] else [])))
            return await original(self, query, *rest, **more)

        monkeypatch.setattr(SqliteClient, name, execute)

    for name in ("execute_query", "execute_query_dict", "execute_insert"):
        noting(name)
    yield queries


async def test_every_query_is_looked_at() -> None:
    """A query that is added to the store has to be added here."""
    public = {name for name, thing in vars(store).items() if is_query(name, thing)}
    assert public == {name.partition(",")[0].partition(" ")[0] for name in READS} | ONCE


def is_query(name: str, thing: object) -> bool:
    """Whether this is a function of the store's own."""
    ours = getattr(thing, "__module__", "") == store.__name__ and not name.startswith("_")
    return ours and not isinstance(thing, type)


@pytest.mark.parametrize("name", READS)
async def test_a_query_uses_an_index(
    study: Study, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No table is read from end to end, and nothing long is sorted."""
    with heard(monkeypatch) as queries:
        await READS[name]()
    assert queries
    with closing(sqlite3.connect(study.database.path)) as connection:
        for query, values in queries:
            plan = connection.execute(
                f"EXPLAIN QUERY PLAN {query}", [str(value) for value in values]
            ).fetchall()
            steps = [str(step[3]) for step in plan]
            scans = [step for step in steps if step.startswith("SCAN") and step != "SCAN path"]
            assert scans == [], (query, steps)
            assert name not in IN_ORDER or "USE TEMP B-TREE FOR ORDER BY" not in steps
            assert any("INDEX" in step or "PRIMARY KEY" in step for step in steps), (query, steps)

"""From rows to what goes over the wire."""

from typing import Any

from schema.tables.chat import ConversationRow, MessageRow, TurnRow
from schema.wire.chat import Conversation, Message, Turn, Usage
from schema.wire.problem import Problem
from server.core.problems import Refusal

SEALED = {"encrypted_content", "encrypted_index", "encrypted_stdout"}
"""Fields in results and citations that only the provider can read: sent back, never shown."""


def conversation_of(row: ConversationRow, *, running: bool) -> Conversation:
    """Show a conversation."""
    return Conversation(
        id=row.id,
        title=row.title,
        last_words=row.last_words,
        created_at=row.created_at,
        updated_at=row.updated_at,
        running=running,
        cost_nano_eur=row.cost_nano_eur,
    )


def message_of(row: MessageRow, language: str) -> Message:
    """Show a message, its problem in the reader's language."""
    return Message(
        id=row.id,
        conversation=row.conversation_id,
        parent=row.parent_id,
        position=row.position,
        role="user" if row.role == "user" else "assistant",
        content=[shown(block) for block in row.content],
        model=row.model,
        state=row.state,
        stop_reason=row.stop_reason,
        problem=problem_of(row.problem, language),
        usage=Usage(**row.usage, cost_nano_eur=row.cost_nano_eur) if row.usage else None,
        cost_nano_eur=row.cost_nano_eur,
        simulated=row.simulated,
        turn=row.turn_id,
        created_at=row.created_at,
    )


def turn_of(row: TurnRow) -> Turn:
    """Show a turn."""
    return Turn(
        id=row.id,
        conversation=row.conversation_id,
        message=row.message_id,
        answer=row.answer_id,
        state=row.state,
        reason=row.reason,
        created_at=row.created_at,
    )


def stored_problem(refusal: Refusal) -> dict[str, Any]:
    """Keep what is needed to say it again, in any language."""
    return {
        "code": refusal.code,
        "facts": refusal.facts,
        "retry_after_seconds": refusal.retry_after_seconds,
    }


def refusal_of(stored: dict[str, Any]) -> Refusal:
    """Make the refusal again that `stored_problem` kept."""
    return Refusal(
        stored["code"], retry_after_seconds=stored["retry_after_seconds"], **stored["facts"]
    )


def refusal_of_problem(problem: Problem) -> Refusal:
    """Make the refusal again that a problem says."""
    facts = problem.detail or {}
    return Refusal(problem.code, retry_after_seconds=problem.retry_after_seconds, **facts)


def problem_of(stored: dict[str, Any] | None, language: str) -> Problem | None:
    """Say a stored problem in a language."""
    return None if stored is None else refusal_of(stored).problem(language)


def shown(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block without what only the provider can read."""
    match str(block.get("type")):
        case "thinking":
            return {key: value for key, value in block.items() if key != "signature"}
        case "redacted_thinking":
            return {key: value for key, value in block.items() if key != "data"}
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            return block
        case _:
            return dict(unsealed(block))


def unsealed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Leave out sealed fields at any depth."""
    if isinstance(value, dict):
        return {key: unsealed(item) for key, item in value.items() if key not in SEALED}
    if isinstance(value, list):
        return [unsealed(item) for item in value]
    return value

"""What every shape in flight has in common."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, WithJsonSchema


class Ask(BaseModel):
    """What a client sends: unknown fields and wrong types are refused.

    The input never appears in an error, because it may hold a password.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """What the server sends: every field is present, also when it holds its default."""

    model_config = ConfigDict(
        frozen=True,
        hide_input_in_errors=True,
        json_schema_serialization_defaults_required=True,
    )


Timestamp = Annotated[datetime, AwareDatetime]

Block = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "title": "Block",
            "description": "A content block of the Messages API, as the provider sent it.",
            "properties": {
                "type": {"type": "string"},
                "text": {"type": "string"},
                "thinking": {"type": "string"},
                "id": {"type": "string"},
                "name": {"type": "string"},
                "input": {},
                "tool_use_id": {"type": "string"},
                "is_error": {"type": "boolean"},
                "content": {},
                "citations": {"type": ["array", "null"], "items": {}},
            },
            "required": ["type"],
            "additionalProperties": True,
        }
    ),
]
"""One content block. It stays a plain mapping: a block of a kind we do not know is kept whole."""

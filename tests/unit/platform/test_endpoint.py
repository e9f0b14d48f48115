"""How a body that is not as it should be is told: which field, what is allowed, never the input."""

from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import Field, ValidationError

from schema.wire.base import Ask
from schema.wire.frames import client_frame
from server.edge.endpoint import refuse_invalid


class Form(Ask):
    """A shape with one field of each kind."""

    name: Annotated[str, Field(min_length=2)]
    id: UUID | None = None
    size: int = 1
    mode: Literal["a", "b"] = "a"


def refuse(body: str) -> tuple[str, str]:
    """The code and the English text for this body."""
    with pytest.raises(ValidationError) as invalid:
        Form.model_validate_json(body)
    refusal = refuse_invalid(invalid.value)
    return refusal.code, refusal.problem("en").message


@pytest.mark.parametrize("body", ["", "{", "nonsense", "\x00", '{"name": "ok"', "{'name': 1}"])
def test_what_is_no_json_is_malformed(body: str) -> None:
    """The text says so, without a position that would tell of the content."""
    assert refuse(body)[0] == "malformed_json"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("[]", "object"),
        ("{}", "name: "),
        ('{"name": "x"}', "name: "),
        ('{"name": 12}', "name: "),
        ('{"name": "xx", "id": "no"}', "id: must be a UUID"),
        ('{"name": "xx", "size": "1"}', "size: "),
        ('{"name": "xx", "size": 1.5}', "size: "),
        ('{"name": "xx", "mode": "c"}', "mode: "),
    ],
)
def test_a_wrong_field_is_named(body: str, named: str) -> None:
    """The person can mend it."""
    code, message = refuse(body)
    assert code == "invalid"
    assert named in message


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "xx", "pasword": "hunter2"}',
        '{"name": "xx", "hunter2": 1}',
        '{"name": ["hunter2"]}',
        '{"name": "xx", "id": "hunter2"}',
        '{"name": "xx", "size": "hunter2"}',
        '{"name": "xx", "mode": "hunter2"}',
    ],
)
def test_the_input_is_never_repeated(body: str) -> None:
    """A password in the wrong field comes back to nobody, nor does the name of an unknown one."""
    assert "hunter2" not in refuse(body)[1]


def test_an_unknown_kind_of_frame_is_not_repeated() -> None:
    """The allowed kinds are listed, the given one is not."""
    with pytest.raises(ValidationError) as invalid:
        client_frame.validate_json('{"kind": "hunter2"}')
    message = refuse_invalid(invalid.value).problem("en").message
    assert "hunter2" not in message
    assert "'send'" in message

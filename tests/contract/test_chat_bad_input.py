"""What is sent to the chat and is not as it should be: a problem that helps, and nothing stored."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.people import BOB

from .chatting import Home, Script, expect, fresh, problem, text_of

pytestmark = pytest.mark.asyncio

BODY_LIMIT = 2_097_152
MESSAGE_LIMIT = 262_144
SHORT = {"max_tokens": 5}


@pytest_asyncio.fixture
async def bob(home: Home) -> AsyncIterator[Script]:
    """Be Bob."""
    async with home.script(BOB) as script:
        yield script


@pytest_asyncio.fixture
async def conversation(bob: Script) -> AsyncIterator[str]:
    """Make a conversation of Bob's; in the end it is as it was, and the server answers."""
    made = await bob.conversation(title="Untouched")
    before = await bob.get(f"/conversations/{made}")
    yield made
    assert await bob.get(f"/conversations/{made}") == before


async def post(bob: Script, conversation: str, content: bytes, kind: str) -> httpx.Response:
    """Post exactly these bytes as a question."""
    return await bob.client.post(
        f"/conversations/{conversation}/messages", content=content, headers={"content-type": kind}
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"hello",
        b'{"content": "a}',
        b"{'content': 'a'}",
        b'{"content": "\xff\xfe"}',
        b'{"content": "\\ud800"}',
        b'{"content": "\\udfff\\ud800"}',
        b'{"content": "a\x00b"}',
        b'{"content": ' + b"[" * 100_000,
        b'{"content": ' + b'{"a":' * 100_000,
    ],
)
async def test_what_is_no_json_is_malformed(bob: Script, conversation: str, content: bytes) -> None:
    """Cut, of other rules, of other letters, half a letter, or deep without end: 400."""
    response = await post(bob, conversation, content, "application/json")
    assert problem(response, 400) == "malformed_json"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ("content", "object"),
        (None, "object"),
        ({}, "content: "),
        ({"content": None}, "content: "),
        ({"content": 7}, "content: "),
        ({"content": ["a"]}, "content: "),
        ({"content": {"text": "a"}}, "content: "),
        ({"content": "a", "id": "x"}, "id: must be a UUID"),
        ({"content": "a", "id": 7}, "id: "),
        ({"content": "a", "parent": "x"}, "parent: must be a UUID"),
        ({"content": "a", "extra": "hunter2"}, "unknown field"),
        ({"content": "a", "options": {"temperature": 1}}, "options has an unknown field"),
        ({"content": "a", "options": []}, "options: "),
        ({"content": "a", "options": {"model": ""}}, "options.model: "),
        ({"content": "a", "options": {"model": "m" * 101}}, "options.model: "),
        ({"content": "a", "options": {"max_tokens": 0}}, "options.max_tokens: "),
        ({"content": "a", "options": {"max_tokens": 1_000_001}}, "options.max_tokens: "),
        ({"content": "a", "options": {"max_tokens": "9"}}, "options.max_tokens: "),
        ({"content": "a", "options": {"max_tokens": 1.5}}, "options.max_tokens: "),
        ({"content": "a", "options": {"max_tokens": True}}, "options.max_tokens: "),
        ({"content": "a", "options": {"max_tokens": 10**40}}, "options.max_tokens: "),
    ],
)
async def test_a_question_of_another_shape(
    bob: Script, conversation: str, body: object, named: str
) -> None:
    """The field is named and the input is not repeated: 422."""
    content = json.dumps(body).encode()
    response = await post(bob, conversation, content, "application/json")
    assert problem(response, 422) == "invalid"
    assert named in response.json()["message"]
    assert "hunter2" not in response.text


@pytest.mark.parametrize("text", ["", " ", "\n\t \r", "\u00a0\u2003"])
async def test_an_empty_question(bob: Script, conversation: str, text: str) -> None:
    """Blanks ask nothing."""
    assert problem(await bob.send(conversation, text), 422) == "message_empty"


@pytest.mark.parametrize("text", ["x" * (MESSAGE_LIMIT + 1), "é" * (MESSAGE_LIMIT // 2 + 1)])
async def test_a_question_that_is_too_long(bob: Script, conversation: str, text: str) -> None:
    """The limit counts bytes of UTF-8, and the refusal says both figures."""
    response = await bob.send(conversation, text)
    assert problem(response, 413) == "message_too_long"
    size = len(text.encode())
    assert response.json()["detail"] == {"length_bytes": size, "limit_bytes": MESSAGE_LIMIT}


async def test_a_megabyte_is_too_long_and_two_are_too_large(bob: Script, conversation: str) -> None:
    """A message has a limit, a body has one too; neither breaks the connection."""
    million = await bob.send(conversation, "x" * 1_000_000)
    assert problem(million, 413) == "message_too_long"
    larger = await bob.send(conversation, "x" * BODY_LIMIT)
    assert problem(larger, 413) == "too_large"
    assert larger.json()["detail"] == {"limit_bytes": BODY_LIMIT}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_question_that_says_it_is_something_else(
    bob: Script, conversation: str, kind: str
) -> None:
    """A form of another site cannot ask."""
    response = await post(bob, conversation, b'{"content": "a"}', kind)
    assert problem(response, 415) == "unsupported_media_type"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/conversations", {"id": "x"}),
        ("POST", "/conversations", {"id": 5}),
        ("POST", "/conversations", {"title": ""}),
        ("POST", "/conversations", {"title": "x" * 201}),
        ("POST", "/conversations", {"name": "x"}),
        ("PATCH", "/conversations/{conversation}", {}),
        ("PATCH", "/conversations/{conversation}", {"title": "x", "id": "y"}),
        ("POST", "/messages/{unknown}/retry", {"id": "x"}),
        ("POST", "/messages/{unknown}/retry", {"content": "x"}),
        ("POST", "/messages/{unknown}/retry", {"options": {"max_tokens": -1}}),
    ],
)
async def test_other_bodies_of_another_shape(
    bob: Script, conversation: str, method: str, path: str, body: dict[str, object]
) -> None:
    """Every body is held to its shape."""
    place = path.format(conversation=conversation, unknown=fresh())
    assert problem(await bob.call(method, place, body), 422) == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00 and \x1b[31m and \x7f",
        "\u202egnirts desrever\u202c \ufeff\u200d",
        "👨‍👩‍👧‍👦 \U0001d518\u0301 \U0010ffff",
        "<script>alert(1)</script> &amp; \"';--",
        "x" * (MESSAGE_LIMIT - 20),
    ],
    ids=["controls", "directions", "beyond", "markup", "longest"],
)
async def test_strange_text_is_kept_as_it_is(bob: Script, text: str) -> None:
    """Whatever a person may write comes back letter by letter, also by another reader."""
    conversation = await bob.conversation()
    content = f"{text} !sim fast"
    done = await bob.ask(conversation, content, options=SHORT)
    assert text_of(done["user_message"]) == content
    stored = await bob.messages(conversation)
    assert text_of(stored[0]) == content
    assert (await bob.get("/conversations?limit=1"))["conversations"][0]["id"] == conversation


async def test_refusals_speak_the_persons_language(home: Home, bob: Script) -> None:
    """Bob's account is English, whatever his browser prefers."""
    response = await bob.client.get(f"/conversations/{fresh()}", headers={"accept-language": "fr"})
    assert problem(response, 404) == "not_found"
    assert response.headers["content-language"] == "en"
    async with home.script(None) as stranger:
        french = await stranger.client.get("/conversations", headers={"accept-language": "fr"})
        assert "déconnecté" in expect(french, 401)["message"]

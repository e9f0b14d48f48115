"""Conversations over HTTP: made once, listed in pages, renamed, deleted, brought back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.people import ALICE, BOB, CHARLIE

from .chatting import Home, Json, Script, expect, fresh, problem, text_of

pytestmark = pytest.mark.asyncio

SHAPE = {"id", "title", "last_words", "created_at", "updated_at", "running", "cost_nano_eur"}


@pytest_asyncio.fixture
async def bob(home: Home) -> AsyncIterator[Script]:
    """Be Bob, who has conversations."""
    async with home.script(BOB) as script:
        yield script


@pytest_asyncio.fixture
async def charlie(home: Home) -> AsyncIterator[Script]:
    """Be Charlie, an outsider."""
    async with home.script(CHARLIE) as script:
        yield script


# ── making ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_conversation_is_made(bob: Script) -> None:
    """It has what its maker said, and nothing more; without an id the server makes one."""
    wanted = fresh()
    made = expect(await bob.call("POST", "/conversations", {"id": wanted, "title": "Bread"}), 201)
    assert set(made) == SHAPE
    assert (made["id"], made["title"], made["last_words"]) == (wanted, "Bread", "")
    assert (made["running"], made["cost_nano_eur"]) == (False, 0)
    other = expect(await bob.call("POST", "/conversations", {}), 201)
    assert other["id"] != wanted
    assert other["title"] is None


async def test_the_same_id_makes_one_conversation(bob: Script) -> None:
    """A phone that heard no answer asks again and gets the same one."""
    ask = {"id": fresh(), "title": "Once"}
    first = expect(await bob.call("POST", "/conversations", ask), 201)
    again = expect(await bob.call("POST", "/conversations", ask), 201)
    assert first == again


async def test_an_id_of_somebody_else_is_a_conflict(bob: Script, charlie: Script) -> None:
    """Charlie cannot take Bob's id, and learns nothing of what is there."""
    taken = await bob.conversation(title="Bob's own")
    response = await charlie.call("POST", "/conversations", {"id": taken})
    assert problem(response, 409) == "id_conflict"
    assert "Bob" not in response.text


async def test_the_id_of_a_deleted_conversation_stays_taken(bob: Script) -> None:
    """Making it again does not bring it back, nor a second one into being."""
    taken = await bob.conversation()
    assert (await bob.call("DELETE", f"/conversations/{taken}")).status_code == 204
    assert problem(await bob.call("POST", "/conversations", {"id": taken}), 409) == "id_conflict"


async def test_the_first_question_gives_the_title(bob: Script) -> None:
    """It is cut from the question, and stays when more is asked."""
    conversation = await bob.conversation()
    await bob.ask(conversation, "Why does *sourdough* rise?\n\nI want to know all. !sim fast")
    await bob.ask(conversation, "And rye? !sim fast")
    shown = await bob.get(f"/conversations/{conversation}")
    assert shown["title"] == "Why does sourdough rise?"
    assert shown["last_words"]
    assert shown["running"] is False


# ── listing ─────────────────────────────────────────────────────────────────────────────────────


async def pages(person: Script, limit: int) -> list[list[Json]]:
    """Turn all the pages of the list."""
    turned: list[list[Json]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit={limit}" + (f"&before={cursor}" if cursor else "")
        page = await person.get(f"/conversations{query}")
        turned.append(page["conversations"])
        cursor = page["before"]
    return turned


async def test_the_list_is_paged_newest_first(bob: Script) -> None:
    """Every conversation is on one page, none on two, and pages are full but the last."""
    made = [await bob.conversation(title=f"Page {number}") for number in range(7)]
    turned = await pages(bob, 3)
    assert all(len(page) == 3 for page in turned[:-1])
    assert 1 <= len(turned[-1]) <= 3
    listed = [one["id"] for page in turned for one in page]
    assert listed[:7] == made[::-1]
    assert len(set(listed)) == len(listed)
    whole = [one["id"] for page in await pages(bob, 200) for one in page]
    assert whole == listed


async def test_activity_moves_a_conversation_to_the_top(bob: Script) -> None:
    """The one asked in last comes first; renaming is no activity."""
    older, newer = await bob.conversation(), await bob.conversation()
    await bob.call("PATCH", f"/conversations/{older}", {"title": "Renamed"})
    top = (await bob.get("/conversations?limit=1"))["conversations"]
    assert [one["id"] for one in top] == [newer]
    await bob.ask(older, "Hello !sim fast")
    top = (await bob.get("/conversations?limit=1"))["conversations"]
    assert [one["id"] for one in top] == [older]


async def test_the_list_is_ones_own(bob: Script, charlie: Script) -> None:
    """Nobody sees another's."""
    made = await bob.conversation()
    assert made not in [one["id"] for page in await pages(charlie, 200) for one in page]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=many",
        "limit=1.5",
        "limit=",
        "before=nonsense",
        "before=",
        "before=%00",
        "before=\u00e9",
        "before=MjAyNi0xMS0yMCB4",
        "before=MDAwMS0wMS0wMVQwMDowMDowMCswMTowMCAwMTkxMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA",
        "limit=5&limit=6",
        "after=x",
    ],
)
async def test_a_wrong_page_of_the_list_is_refused(bob: Script, query: str) -> None:
    """Limits have bounds, cursors are ours, and nothing else is known."""
    assert problem(await bob.call("GET", f"/conversations?{query}"), 422) == "invalid"


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


async def test_messages_are_paged_by_position(bob: Script) -> None:
    """The newest page comes first, each page ascends, and together they are all messages."""
    conversation = await bob.conversation()
    for number in range(3):
        await bob.ask(conversation, f"Question {number} !sim fast", options={"max_tokens": 10})
    newest = await bob.get(f"/conversations/{conversation}?limit=4")
    assert newest["turns"] == []
    older = await bob.get(f"/conversations/{conversation}?limit=4&before={newest['before']}")
    assert older["before"] is None
    found = older["messages"] + newest["messages"]
    assert [message["position"] for message in found] == [1, 2, 3, 4, 5, 6]
    assert [message["role"] for message in found] == ["user", "assistant"] * 3
    assert [message["parent"] for message in found] == [
        None,
        *(message["id"] for message in found[:-1]),
    ]
    assert text_of(found[2]) == "Question 1 !sim fast"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "before=x", "before=1.5", "page=2"])
async def test_a_wrong_page_of_messages_is_refused(bob: Script, query: str) -> None:
    """What is wrong is named."""
    conversation = await bob.conversation()
    path = f"/conversations/{conversation}?{query}"
    assert problem(await bob.call("GET", path), 422) == "invalid"


@pytest.mark.parametrize("before", [1, 0, -1, 2**31 - 1, 2**31, 2**63, 10**30])
async def test_a_page_below_any_position(bob: Script, before: int) -> None:
    """Whatever number is given, there is a page or a refusal."""
    conversation = await bob.conversation()
    await bob.ask(conversation, "Hi !sim fast", options={"max_tokens": 5})
    response = await bob.call("GET", f"/conversations/{conversation}?before={before}")
    if response.status_code == 200:
        assert len(response.json()["messages"]) == (0 if before <= 1 else 2)
    else:
        assert problem(response, 422) == "invalid"


# ── changing ────────────────────────────────────────────────────────────────────────────────────


async def test_a_conversation_is_renamed(bob: Script) -> None:
    """The new title is kept without blanks around it."""
    conversation = await bob.conversation(title="Old")
    changed = await bob.call("PATCH", f"/conversations/{conversation}", {"title": "  New é 🥖 "})
    assert expect(changed, 200)["title"] == "New é 🥖"
    assert (await bob.get(f"/conversations/{conversation}"))["title"] == "New é 🥖"


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "x" * 201, 7, None, ["x"]])
async def test_a_title_that_is_none_is_refused(bob: Script, title: object) -> None:
    """Empty, blank, too long or no text at all: the old one stays."""
    conversation = await bob.conversation(title="Kept")
    response = await bob.call("PATCH", f"/conversations/{conversation}", {"title": title})
    assert problem(response, 422) == "invalid"
    assert (await bob.get(f"/conversations/{conversation}"))["title"] == "Kept"


async def test_a_deleted_conversation_comes_back_whole(bob: Script) -> None:
    """Deleted it is nowhere; restored it is as it was."""
    conversation = await bob.conversation()
    await bob.ask(conversation, "Keep this !sim fast", options={"max_tokens": 10})
    before = await bob.get(f"/conversations/{conversation}")
    deleted = await bob.call("DELETE", f"/conversations/{conversation}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert problem(await bob.call("GET", f"/conversations/{conversation}"), 404) == "not_found"
    assert conversation not in [one["id"] for page in await pages(bob, 200) for one in page]
    restored = expect(await bob.call("POST", f"/conversations/{conversation}/restore"), 200)
    assert restored["id"] == conversation
    assert await bob.get(f"/conversations/{conversation}") == before


async def test_deleting_and_restoring_twice(bob: Script) -> None:
    """What is already deleted is not found; what is there may be restored again."""
    conversation = await bob.conversation()
    assert (await bob.call("DELETE", f"/conversations/{conversation}")).status_code == 204
    assert problem(await bob.call("DELETE", f"/conversations/{conversation}"), 404) == "not_found"
    for _ in range(2):
        expect(await bob.call("POST", f"/conversations/{conversation}/restore"), 200)


async def test_deleting_stops_what_runs(bob: Script) -> None:
    """The answer ends as stopped, and is there with what had arrived when it is brought back."""
    conversation = await bob.conversation()
    ask = {"content": "Go on and on !sim long words=5000"}
    path = f"/conversations/{conversation}/messages"
    async with bob.stream("POST", path, ask) as events:
        async for event in events:
            if event["kind"] == "text.delta":
                break
        assert (await bob.get(f"/conversations/{conversation}"))["running"] is True
        assert (await bob.call("DELETE", f"/conversations/{conversation}")).status_code == 204
        rest = [event async for event in events]
    assert rest[-1]["kind"] == "turn.finished"
    assert rest[-1]["stop_reason"] == "stopped"
    restored = expect(await bob.call("POST", f"/conversations/{conversation}/restore"), 200)
    assert restored["running"] is False
    answer = (await bob.messages(conversation))[-1]
    assert answer["state"] == "stopped"
    assert text_of(answer)


# ── who may ─────────────────────────────────────────────────────────────────────────────────────

ROUTES = [
    ("GET", "/conversations/{conversation}", None),
    ("PATCH", "/conversations/{conversation}", {"title": "Mine"}),
    ("DELETE", "/conversations/{conversation}", None),
    ("POST", "/conversations/{conversation}/restore", None),
    ("POST", "/conversations/{conversation}/messages", {"content": "Mine !sim fast"}),
    ("POST", "/messages/{question}/retry", {}),
    ("POST", "/messages/{answer}/retry", {}),
    ("GET", "/turns/{turn}/events", None),
    ("DELETE", "/turns/{turn}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_what_is_bobs_is_not_found_by_charlie(
    bob: Script, charlie: Script, method: str, path: str, body: Json | None
) -> None:
    """Every route answers a stranger as if there were nothing, and changes nothing."""
    conversation = await bob.conversation(title="Secret recipe")
    done = await bob.ask(conversation, "My secret !sim fast", options={"max_tokens": 10})
    place = path.format(
        conversation=conversation,
        question=done["user_message"]["id"],
        answer=done["message"]["id"],
        turn=done["message"]["turn"],
    )
    before = await bob.get(f"/conversations/{conversation}")
    response = await charlie.call(method, place, body)
    assert problem(response, 404) == "not_found"
    assert "ecret" not in response.text
    assert await bob.get(f"/conversations/{conversation}") == before


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_what_does_not_exist_is_not_found(
    bob: Script, method: str, path: str, body: Json | None
) -> None:
    """Unknown ids and ids that are none, on every route."""
    for wanted in (fresh(), "nonsense", "0", "%00"):
        names = ("conversation", "question", "answer", "turn")
        place = path.format(**dict.fromkeys(names, wanted))
        assert problem(await bob.call(method, place, body), 404) == "not_found"


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("GET", "/conversations", None)])
async def test_nobody_comes_in_without_a_session(
    home: Home, method: str, path: str, body: Json | None
) -> None:
    """Every route wants to know who asks, before anything else."""
    names = ("conversation", "question", "answer", "turn")
    place = path.format(**dict.fromkeys(names, fresh()))
    async with home.script(None) as stranger:
        assert problem(await stranger.call(method, place, body), 401) == "signed_out"


async def test_a_write_by_cookie_needs_our_page(home: Home) -> None:
    """Cookies alone change nothing: the Origin must be ours and the session's token must come."""
    async with home.script(None) as page:
        credentials = {"username": ALICE.username, "password": ALICE.password}
        session = expect(await page.call("POST", "/auth/login", credentials), 200)
        own = {"origin": home.server.url, "x-csrf-token": session["csrf"]}
        wrong = [
            {},
            {"origin": own["origin"]},
            {"x-csrf-token": own["x-csrf-token"]},
            own | {"origin": "https://evil.example"},
            own | {"x-csrf-token": "guessed"},
        ]
        for headers in wrong:
            refused = await page.client.post("/conversations", json={}, headers=headers)
            assert problem(refused, 403) in ("csrf", "wrong_origin")
        expect(await page.client.post("/conversations", json={}, headers=own), 201)
        assert (await page.client.get("/conversations")).status_code == 200

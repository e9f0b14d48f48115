"""An alert as an e-mail message."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from server.features.budget.alert_texts import Said, alert_text
from server.features.budget.letter import LOCAL_HOST, Letter, Letterhead, compose

HEAD = Letterhead("Chez nous", "claude@example.org", "https://claude.home.arpa:8443")
LETTER = Letter(
    UUID("019aa0c0-0000-7000-8000-000000000001"),
    Said("A title", "A text."),
    "en",
    "bob@example.org",
    datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
)


def test_the_message_id_is_the_alerts_whenever_it_is_sent() -> None:
    """It names the alert and our host; where nobody has said one, a name of our own."""
    wanted = "<019aa0c0-0000-7000-8000-000000000001@claude.home.arpa>"
    assert compose(HEAD, LETTER)["message-id"] == wanted
    assert compose(HEAD, replace(LETTER, language="fr"))["message-id"] == wanted
    for address in (None, "http://[::1]:8080"):
        head = replace(HEAD, public_url=address)
        assert str(compose(head, LETTER)["message-id"]).endswith(f"@{LOCAL_HOST}>")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\u0085", "\x00"])
def test_no_name_makes_a_header_of_its_own(end: str) -> None:
    """Whoever calls themselves or the instance so gets one line in its place."""
    evil = f"Bob{end}Bcc: everybody@example.org"
    letter = replace(LETTER, said=Said(evil, evil))
    message = compose(replace(HEAD, name=evil), letter)
    head = message.as_bytes().split(b"\r\n\r\n", 1)[0].lower()
    assert b"\nbcc:" not in head
    assert "Bcc" not in message
    assert message["subject"].count("Bob") == 1


def test_what_people_write_is_no_markup() -> None:
    """Their words are shown as they are, in the page too."""
    facts = {"username": "<b>Bob</b>", "period": "day", "amount_nano_eur": 10**9, "note": "<img>&"}
    letter = replace(LETTER, said=alert_text("ask", facts, "en"))
    page = compose(replace(HEAD, name="A & B"), letter).get_body(("html",))
    assert page is not None
    text = page.get_content()
    assert "&lt;b&gt;Bob&lt;/b&gt; asks for more" in text
    assert "“&lt;img&gt;&amp;”" in text
    assert "A &amp; B" in text
    assert "<img" not in text


def test_there_is_a_way_back_to_the_app_where_its_address_is_known() -> None:
    """Both forms link to it; without an address neither does."""
    plain, page = (compose(HEAD, LETTER).get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "https://claude.home.arpa:8443" in plain.get_content()
    assert '<a href="https://claude.home.arpa:8443">Open Chez nous</a>' in page.get_content()
    bare = compose(replace(HEAD, public_url=None), LETTER).get_body(("html",))
    assert bare is not None
    assert "href" not in bare.get_content()


def test_only_plain_ascii_leaves() -> None:
    """Accents are encoded in head and body, so that any mail server takes it; lines stay short."""
    letter = replace(LETTER, said=alert_text("test", {}, "fr"), language="fr")
    raw = compose(replace(HEAD, name="Chez Zoé"), letter).as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78

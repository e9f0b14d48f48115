"""Words cut from messages: a title, a line for the list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.features.chat.texts import (
    LINE_CHARACTERS,
    TITLE_CHARACTERS,
    one_line,
    plain_text,
    title_from,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  two\n\nlines\t here ", "two lines here"),
        ("# A *bold* `word`", "A bold word"),
        ("see [the page](https://example.org) now", "see the page now"),
        ("![a picture](x.png)", "a picture"),
        ("> quoted | table ~~gone~~", "quoted table gone"),
        ("2 < 3 & more", "2 < 3 & more"),
        ("**Bold** and _italic_", "Bold and italic"),
        ("What does `get_weather` do?", "What does get_weather do?"),
        ("See [the docs](https://a_b.example/x_y)", "See the docs"),
        ("# Title\n\nand  more", "Title and more"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    """Markdown's marks and line breaks are left out; words stay, with their underscores."""
    assert one_line(text) == line


def test_a_long_line_is_cut_between_words() -> None:
    """With an ellipsis that belongs to the length; a single long word is cut within."""
    cut = one_line("word, " * 100, 20)
    assert cut == "word, word, word…"
    assert one_line("x" * 100, 20) == "x" * 19 + "…"


@given(st.text(), st.integers(2, 200))
def test_a_line_is_never_too_long(text: str, limit: int) -> None:
    """Whatever the text, it fits, is one line, and is empty only if there are no words."""
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert line == line.strip()


@given(st.text(min_size=1))
def test_title_and_line_fit_their_columns(text: str) -> None:
    """The database takes them."""
    assert len(title_from(text)) <= TITLE_CHARACTERS <= 200
    assert len(one_line(text)) <= LINE_CHARACTERS <= 200


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why?\nBecause.", "Why?"),
        ("\n\n  Why?  ", "Why?"),
        ("***\nReally", "Really"),
        ("***", ""),
        ("Could you " + "please " * 20 + "help", "Could you " + "please " * 6 + "please…"),
    ],
)
def test_a_title_is_the_first_line(question: str, title: str) -> None:
    """The first one that has words."""
    assert title_from(question) == title


def test_plain_text_is_the_text_blocks() -> None:
    """Thinking and calls are no words of the answer."""
    blocks = [
        {"type": "thinking", "thinking": "Hm"},
        {"type": "text", "text": "One"},
        {"type": "tool_use", "name": "x"},
        {"type": "text", "text": "Two"},
    ]
    assert plain_text(blocks) == "One\n\nTwo"

"""Plain words cut from messages: a title, a line for the list."""

import re
from typing import Any

TITLE_CHARACTERS = 60
LINE_CHARACTERS = 140

# An underscore inside a word belongs to it: get_weather.
_MARKS = re.compile(r"[`*#>|~]+|(?<!\w)_+|_+(?!\w)|!?\[([^\]]*)\]\([^)]*\)")
_SPACE = re.compile(r"\s+")


def plain_text(blocks: list[dict[str, Any]]) -> str:
    """Return the text of the text blocks."""
    return "\n\n".join(block["text"] for block in blocks if block.get("type") == "text")


def one_line(text: str, limit: int = LINE_CHARACTERS) -> str:
    """Return the beginning of `text` on one line, without Markdown's marks, cut between words."""
    head = _MARKS.sub(r"\1", text[: limit * 4])
    line = _SPACE.sub(" ", head).strip()
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    words, space, _ = cut.rpartition(" ")
    return (words if space and len(words) > limit // 2 else cut).rstrip(" ,;:.") + "…"


def title_from(question: str) -> str:
    """Cut a title from a conversation's first question."""
    first = next((line for line in question.splitlines() if line.strip()), question)
    return one_line(first, TITLE_CHARACTERS) or one_line(question, TITLE_CHARACTERS)

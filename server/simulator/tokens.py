"""The simulator's own token estimate: deterministic, and the same wherever tokens are counted.

It is not Anthropic's tokenizer. A text is cut into pieces of at most six letters, three digits or
three signs, each with the space before it; one piece is one token, and the pieces joined are the
text again, so that counting, streaming and cutting at `max_tokens` agree exactly. A token is never
less than one byte of UTF-8.
"""

import re

_PIECE = re.compile(
    r" ?[\u2e80-\uffff]"  # one East Asian sign
    r"| ?[^\W\d_]{1,6}"
    r"| ?\d{1,3}"
    r"| ?[^\w\s]{1,3}"
    r"|[^\s\w]|\w|\s+"
)


def split(text: str) -> list[str]:
    """The text as its tokens; joined, they are the text."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """How many tokens the text is."""
    return len(_PIECE.findall(text))

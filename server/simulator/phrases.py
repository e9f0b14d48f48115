"""The shape of the sentences an answer is made of, one value per language.

`{topic}` is what was asked about, `{a}` `{b}` `{c}` its most telling words.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """All the words of one language."""

    openings: tuple[str, ...]
    follow_up: str
    paragraphs: tuple[str, ...]
    headings: tuple[str, ...]
    list_intros: tuple[str, ...]
    items: tuple[str, ...]
    table_intro: str
    table_head: tuple[str, str, str]
    table_rows: tuple[tuple[str, str, str], ...]
    code_intro: str
    code_comment: str
    closing: str
    thoughts: tuple[str, ...]
    tool_calling: str
    tool_answered: str
    tool_failed: str
    tool_empty: str
    greeting: str
    no_topic: str
    no_words: tuple[str, str, str]

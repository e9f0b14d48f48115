"""The words of an answer: believable Markdown about what was asked, the same for the same question.

Nothing here knows anything. A digest of the question picks and orders prepared sentences, and the
question's own words fill them.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import count, cycle, islice
from typing import TypeVar

from server.simulator import code
from server.simulator.english import ENGLISH
from server.simulator.french import FRENCH
from server.simulator.phrases import Phrases
from server.simulator.topic import Topic

T = TypeVar("T")

_LANGUAGES = {"en": ENGLISH, "fr": FRENCH}
_GREETING = re.compile(
    r"^\W*(hi|hello|hey|help|bonjour|bonsoir|salut|coucou|aide|à l['’]aide)\W*$", re.IGNORECASE
)
_FRENCH_GREETING = re.compile(r"bonjour|bonsoir|salut|coucou|aide", re.IGNORECASE)
_TABLE = re.compile(r"\btable|tableau|compar|versus|\bvs\b|différence|difference", re.IGNORECASE)


class Writer:
    """Writes about one question; `seed` is all that varies between two of the same words."""

    def __init__(self, question: str, topic: Topic, seed: bytes) -> None:
        self._question = question
        self._topic = topic
        self._seed = seed
        self._phrases = _LANGUAGES[topic.language]
        mentioned = (f"*{word}*" for word in topic.words)
        words = (*mentioned, *self._phrases.no_words)[:3]
        self._fill = {
            "topic": topic.phrase or self._phrases.no_topic,
            **dict(zip("abc", words, strict=True)),
        }

    @property
    def phrases(self) -> Phrases:
        """The sentences of the question's language."""
        return self._phrases

    def answer(self, earlier: str) -> str:
        """A few hundred words; `earlier` is the topic of the question before, or empty."""
        if _GREETING.match(self._question):
            phrases = FRENCH if _FRENCH_GREETING.search(self._question) else ENGLISH
            return f"{phrases.greeting}\n\n{phrases.closing}"
        return "\n\n".join([*self._opening(earlier), *self._body(), self._phrases.closing])

    def long_answer(self, words: int) -> str:
        """About that many words: whole sections, then the closing line."""
        parts, written = self._opening(""), 0
        sections = (part for number in count(1) for part in self._section(number))
        while written < words:
            part = next(sections)
            parts.append(part)
            written += len(part.split())
        return "\n\n".join([*parts, self._phrases.closing])

    def thoughts(self) -> str:
        """What thinking aloud sounds like."""
        return " ".join(self._filled(thought) for thought in self._phrases.thoughts)

    def quote(self, tool: str, result: str, *, is_error: bool) -> str:
        """A tool's result, quoted."""
        phrases = self._phrases
        intro = (phrases.tool_failed if is_error else phrases.tool_answered).format(tool=tool)
        lines = (result.strip() or phrases.tool_empty).splitlines()
        return f"{intro}\n\n" + "\n".join(f"> {line}".rstrip() for line in lines)

    def after_tools(self) -> str:
        """A word on what was quoted, and the closing line."""
        return f"{self._pick(self._phrases.paragraphs, 'tools')}\n\n{self._phrases.closing}"

    # ── the parts ────────────────────────────────────────────────────────────────────────────

    def _opening(self, earlier: str) -> list[str]:
        opening = self._pick(self._phrases.openings, "opening")
        if not earlier:
            return [opening]
        return [f"{self._phrases.follow_up.format(earlier=earlier)} {opening}"]

    def _body(self) -> Iterator[str]:
        paragraphs = self._shuffled(self._phrases.paragraphs, "paragraphs")
        headings = self._shuffled(self._phrases.headings, "headings")
        extras = self._extras()
        yield from paragraphs[-2:]
        for number, part in enumerate(extras):
            yield f"## {headings[number]}"
            yield from part
            yield paragraphs[number]

    def _extras(self) -> list[list[str]]:
        """A list, a table and code: what is asked for, and else as the digest has it."""
        extras = [self._list("list")]
        chance = self._digest("extras")[0] % 3
        if _TABLE.search(self._question) or chance != 1:
            extras.append(self._table())
        if code.wanted(self._question) or chance:
            extras.append(self._code())
        return self._shuffled(extras, "order")

    def _section(self, number: int) -> Iterator[str]:
        yield f"## {number}. {self._pick(self._phrases.headings, f'heading {number}')}"
        yield from self._shuffled(self._phrases.paragraphs, f"section {number}")[:3]
        if number % 3 == 1:
            yield from self._list(f"list {number}")
        if number % 5 == 2:  # noqa: PLR2004 - now and then
            yield from self._table()
        if number % 7 == 3:  # noqa: PLR2004
            yield from self._code()

    def _list(self, purpose: str) -> list[str]:
        digest = self._digest(purpose)
        items = self._shuffled(self._phrases.items, purpose)[: 3 + digest[0] % 3]
        marks: Iterator[str] = (f"{n}." for n in count(1)) if digest[1] & 1 else cycle("-")
        lines = [f"{mark} {item}" for mark, item in zip(marks, items, strict=False)]
        return [self._pick(self._phrases.list_intros, purpose), "\n".join(lines)]

    def _table(self) -> list[str]:
        rows = islice(self._phrases.table_rows, 3 + self._digest("table")[0] % 3)
        lines = [
            _row(self._phrases.table_head),
            "| :--- | :--- | ---: |",
            *(_row([self._filled(cell) for cell in row]) for row in rows),
        ]
        return [self._phrases.table_intro, "\n".join(lines)]

    def _code(self) -> list[str]:
        note = self._filled(self._phrases.code_comment)
        return [self._phrases.code_intro, code.block(self._question, note, self._topic.words)]

    # ── the choice ───────────────────────────────────────────────────────────────────────────

    def _pick(self, choices: Sequence[str], purpose: str) -> str:
        return self._filled(choices[self._digest(purpose)[0] % len(choices)])

    def _shuffled(self, choices: Sequence[T], purpose: str) -> list[T]:
        order = sorted(range(len(choices)), key=lambda at: self._digest(f"{purpose}#{at}"))
        chosen = [choices[at] for at in order]
        return [self._filled(c) if isinstance(c, str) else c for c in chosen]  # type: ignore[misc]

    def _digest(self, purpose: str) -> bytes:
        return blake2b(purpose.encode(), key=self._seed, digest_size=8).digest()

    def _filled(self, template: str) -> str:
        return template.format(**self._fill)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

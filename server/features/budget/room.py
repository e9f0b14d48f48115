"""How much room an answer is given: as much as is likely needed, not as much as could be.

The room is held, and what is held is not there for others. It bounds the answer, so a question that
asks for something long gets more, in French or English.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from .hold import HoldAsk

TOKENS_PER_WORD: Final = 3
"""French takes about 1.6; the rest is Markdown, and a length that is not kept to."""

UNITS: Final = {
    "mot": TOKENS_PER_WORD,
    "word": TOKENS_PER_WORD,
    "page": 1500,
    "chapitre": 4000,
    "chapter": 4000,
    "paragraph": 350,
    "ligne": 40,
    "line": 40,
    "question": 300,
    "exemple": 400,
    "example": 400,
    "diapositive": 300,
    "slide": 300,
    "section": 800,
    "partie": 800,
    "étape": 400,
    "step": 400,
}
"""Tokens for each of what a question may ask so many of; a unit begins with its name."""

_NUMBER: Final = re.compile(
    r"\b(\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+|\d{1,6})[ \u00a0\u202f-]?(" + "|".join(UNITS) + ")"
)

_LONG: Final = re.compile(
    r"""
    \b(?:
      en\ d[ée]tails? | d[ée]taill | exhausti | approfondi | int[ée]gral | de\ a\ à\ z
    | (?:texte|code|guide|cours|liste)\ compl[èe]te?s? | au\ complet | pas\ à\ pas
    | (?<!how\ )long(?:ue)?s?\b(?!\ as)
    | r[ée]dige | dissertation | essai\b | m[ée]moire\b | rapport\b | article\b | chapitre
    | roman\b | nouvelle\b | tutoriel | discours\b | sc[ée]nario
    | traduis | traduire | traduction | r[ée][ée]cri | retranscri | reformule | corrige
    | in\ (?:full\ )?detail | detailed | thorough | comprehensive | exhaustive | in[ -]depth
    | lengthy | essay | report\b | chapter | novel\b | short\ story | tutorial | speech\b
    | screenplay | step[ -]by[ -]step | (?:full|complete|whole)\ (?:code|text|list|guide|file)
    | entire | translat | rewrite | rephrase | proofread | refactor
    )
    """,
    re.VERBOSE,
)
"""Beginnings of words that ask for a long answer."""

READ_CHARACTERS: Final = 1500
"""Of a long question the beginning and the end are read: what is wanted stands there."""

ENOUGH_ANSWERS: Final = 10
"""With fewer seen, the newest answers of a model say nothing about the next."""


def room(ask: HoldAsk, usual: int, ceiling: int, newest: Sequence[int]) -> int:
    """Return the `max_tokens` to ask for: the likely answer with a margin, and what is thought.

    Never below `usual`, unless that is above `ceiling` (what was asked for, and what the model can
    write at most). Twice what all but a tenth of the `newest` answers of the model took; all there
    is where the question asks for something long. If the person set it, what they set.
    """
    if ask.wants:
        return ceiling
    likely = max(usual, _asked_for(ask.question, ceiling), 2 * _long_one(newest))
    return min(ceiling, likely + _thought(ask.request.get("thinking"), usual))


def _asked_for(question: str, ceiling: int) -> int:
    """Return the tokens a question asks for, 0 where it does not say."""
    text = question
    if len(question) > 2 * READ_CHARACTERS:
        text = f"{question[:READ_CHARACTERS]}\n{question[-READ_CHARACTERS:]}"
    text = text.lower()
    if _LONG.search(text):
        return ceiling
    lengths = (_tokens(number, unit) for number, unit in _NUMBER.findall(text))
    return max(lengths, default=0)


def _tokens(number: str, unit: str) -> int:
    return int(re.sub(r"\D", "", number)) * UNITS[unit]


def _long_one(newest: Sequence[int]) -> int:
    """Return what nine answers in ten stay within, 0 where too few are known."""
    if len(newest) < ENOUGH_ANSWERS:
        return 0
    return sorted(newest)[len(newest) * 9 // 10]


def _thought(thinking: Any, usual: int) -> int:  # noqa: ANN401 - part of a request
    """Return the room that thinking takes; where its extent is up to Claude, an answer's."""
    match thinking:
        case {"type": "enabled", "budget_tokens": int(budget)}:
            return budget
        case {"type": "adaptive"}:
            return usual
        case _:
            return 0

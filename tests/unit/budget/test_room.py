"""The room an answer is given: as much as is likely needed."""

from typing import Any, Final
from uuid import UUID

import pytest

from server.features.budget.hold import HoldAsk
from server.features.budget.room import room

NOBODY: Final = UUID(int=0)
USUAL: Final = 4096
CEILING: Final = 64_000


def asking(question: str, *, wants: bool = False, **more: Any) -> HoldAsk:  # noqa: ANN401
    """Return somebody's question."""
    request = {"model": "m", "max_tokens": CEILING, "messages": [], **more}
    return HoldAsk(NOBODY, NOBODY, NOBODY, request, 0, 0, question, wants, simulated=True)


@pytest.mark.parametrize(
    "question",
    [
        "Quelle est la capitale de l’Australie ?",
        "How long is the Nile?",
        "Combien y a-t-il de communes en France en 2026 ?",
        "Write a haiku about the rain.",
        "Explique-moi les marées en 200 mots.",
        "What is 12,345 + 678?",
    ],
)
def test_a_usual_question_gets_the_usual_room(question: str) -> None:
    """Whatever it is about."""
    assert room(asking(question), USUAL, CEILING, []) == USUAL


@pytest.mark.parametrize(
    "question",
    [
        "Explique-moi les marées en détail.",
        "Rédige un article sur les marées.",
        "Écris une dissertation sur la liberté.",
        "Traduis ce texte en anglais : …",
        "Donne-moi un guide complet du compost.",
        "Raconte une longue histoire.",
        "Write a long essay about the tides.",
        "Give me a comprehensive, step-by-step tutorial.",
        "Rewrite this file.",
        "Explain it in depth.",
    ],
)
def test_a_question_that_asks_for_something_long_gets_all_there_is(question: str) -> None:
    """In French and in English."""
    assert room(asking(question), USUAL, CEILING, []) == CEILING


@pytest.mark.parametrize(
    ("question", "tokens"),
    [
        ("Fais-moi un texte de 2000 mots sur les marées.", 6000),
        ("Fais-moi un texte de 2\u202f000 mots sur les marées.", 6000),
        ("Fais-moi un texte de 2 000\u00a0mots sur les marées.", 6000),
        ("Write 3,000 words on tides.", 9000),
        ("Fais-moi un résumé en 4 pages.", 6000),
        ("Give me 50 examples.", 20_000),
        ("Fais-moi un texte de 100000 mots.", CEILING),
    ],
)
def test_a_length_that_is_asked_for_is_given_room(question: str, tokens: int) -> None:
    """Three tokens for a word, and no more than there is."""
    assert room(asking(question), USUAL, CEILING, []) == tokens


def test_an_order_at_the_end_of_a_long_text_is_seen() -> None:
    """And one at its beginning; what stands in the middle of a text is not one."""
    text = "mer " * 10_000
    assert room(asking(f"{text} Traduis cela."), USUAL, CEILING, []) == CEILING
    assert room(asking(f"Traduis cela. {text}"), USUAL, CEILING, []) == CEILING
    assert room(asking(f"{text} Traduis cela. {text}"), USUAL, CEILING, []) == USUAL


def test_a_model_whose_answers_are_long_gets_more() -> None:
    """Twice what nine in ten of its newest answers took; too few of them say nothing."""
    assert room(asking("Hi"), USUAL, CEILING, [3000] * 20) == 6000
    assert room(asking("Hi"), USUAL, CEILING, [3000] * 9) == USUAL
    assert room(asking("Hi"), USUAL, CEILING, [*[100] * 19, 60_000]) == USUAL


def test_what_a_person_set_is_what_they_get() -> None:
    """Neither less nor more."""
    assert room(asking("Hi", wants=True), USUAL, 100, [9000] * 20) == 100
    assert room(asking("Hi", wants=True), USUAL, 50_000, []) == 50_000


def test_no_room_is_above_the_ceiling() -> None:
    """A model that writes little, or a lower setting."""
    assert room(asking("Hi"), USUAL, 1000, []) == 1000


@pytest.mark.parametrize(
    ("thinking", "tokens"),
    [
        ({"type": "enabled", "budget_tokens": 10_000}, 14_096),
        ({"type": "adaptive"}, 8192),
        ({"type": "disabled"}, 4096),
    ],
)
def test_thinking_comes_on_top(thinking: dict[str, Any], tokens: int) -> None:
    """Its budget, or an answer's room where its extent is Claude's choice."""
    assert room(asking("Hi", thinking=thinking), USUAL, CEILING, []) == tokens

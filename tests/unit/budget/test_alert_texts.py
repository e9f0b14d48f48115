"""The words of alerts."""

from typing import Any

import pytest

from server.features.budget.alert_texts import alert_text

THRESHOLD = {
    "percent": 90,
    "purse": "real",
    "scope": "user",
    "period": "month",
    "spent_nano_eur": 9 * 10**9,
    "limit_nano_eur": 10**10,
    "resets_at": "2026-12-01T00:00:00+01:00",
}
ASK = {"period": "week", "amount_nano_eur": 2 * 10**9, "granted_nano_eur": None, "granted": False}
EVERY: list[tuple[str, dict[str, Any]]] = [
    ("threshold", THRESHOLD),
    ("threshold", THRESHOLD | {"username": "Bob"}),
    ("threshold", THRESHOLD | {"percent": 100}),
    ("threshold", THRESHOLD | {"percent": 100, "username": "Bob", "resets_at": None}),
    ("tripped", {"trip": "hand", "reason": "too dear", "username": "Alice"}),
    ("tripped", {"trip": "ledger", "reason": "entry_changed"}),
    ("lifted", {"reason": "all is well", "username": "Alice"}),
    ("ask", ASK | {"username": "Bob", "note": "homework"}),
    ("answer", ASK | {"granted": True, "granted_nano_eur": 10**9}),
    ("answer", ASK),
    ("test", {}),
]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_every_alert_is_a_sentence(kind: str, facts: dict[str, Any], language: str) -> None:
    """Nothing is left to fill in, the title is one line that fits a phone."""
    said = alert_text(kind, facts, language)
    assert not set("{}") & set(said.title + said.text)
    assert said.text.rstrip("”»\u00a0")[-1] in ".k"
    assert len(said.title) <= 80


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_french_spaces_do_not_break(kind: str, facts: dict[str, Any]) -> None:
    """Before : ; ? ! % » and after « there is a no-break space."""
    text = " ".join(alert_text(kind, facts, "fr"))
    for mark in ":;?!%»":
        assert f" {mark}" not in text
    assert "« " not in text


def test_a_threshold_says_whose_how_much_and_until_when() -> None:
    """One's own limit is called so; an administrator reads the name."""
    own = alert_text("threshold", THRESHOLD, "fr")
    assert own.title == "90\u00a0% de la limite mensuelle de votre compte"
    assert own.text == (
        "9,00\u00a0€ sur 10,00\u00a0€ sont dépensés\u00a0: la limite est proche. "
        "Elle repart le 1er décembre à 00:00."
    )
    others = alert_text("threshold", THRESHOLD | {"username": "Bob"}, "en")
    assert others.title == "Bob: 90% of the monthly limit is used"


def test_the_simulators_money_is_called_so() -> None:
    """Nobody takes it for real."""
    said = alert_text("threshold", THRESHOLD | {"purse": "simulated"}, "en")
    assert said.text.endswith("This is the simulator’s money, not real money.")


def test_a_reason_that_ends_a_sentence_ends_it_once() -> None:
    """What people write is taken up as it is, but for its full stop."""
    said = alert_text("lifted", {"reason": "Paid {bill}.", "username": "Al"}, "en")
    assert said.text == "Al lifted the stop: Paid {bill}."

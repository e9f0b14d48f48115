"""The catalogue of refusals: every one in both languages, with the same facts, properly set."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import server
from server.core.problems import KINDS, Refusal

SOURCES = Path(server.__file__).parent
BEFORE_HIGH_MARKS = re.compile(r"[^\u00a0\u202f][;?!»]|[^\u00a0\u202f\w]:|\w:(?=\s|$)|«(?!\u00a0)")
"""French sets a no-break space before these; a colon within a term (Content-Type:) is its own."""

TERMS = ("Content-Type: application/json",)


def facts_of(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def refusals_raised() -> Iterator[tuple[str, set[str]]]:
    """Yield each `Refusal("code", fact=…)` of the sources with the facts it gives."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="Refusal"),
                    args=[ast.Constant(value=str(code))],
                    keywords=given,
                ):
                    names = {each.arg for each in given if each.arg is not None}
                    # Facts that are handed on as a whole are seen by the tests of who made them.
                    whole = len(names) < len(given)
                    yield code, facts_of(KINDS[code].en) if whole else names


@pytest.mark.parametrize("code", KINDS)
def test_a_refusal_speaks_both_languages(code: str) -> None:
    """Two sentences, not the same, that name the same facts."""
    kind = KINDS[code]
    assert kind.en != kind.fr
    assert facts_of(kind.en) == facts_of(kind.fr)
    for text in (kind.en, kind.fr):
        assert text == text.strip()
        assert text[0].isupper()
        assert text.endswith((".", "?", "!", "}"))


@pytest.mark.parametrize("code", KINDS)
def test_french_is_set_as_french_is(code: str) -> None:
    """A no-break space before high marks and inside guillemets; no « tu »."""
    text = KINDS[code].fr
    for term in TERMS:
        text = text.replace(term, "")
    assert BEFORE_HIGH_MARKS.search(text) is None, text
    assert re.search(r"\b(tu|ton|ta|tes|toi)\b", text, re.IGNORECASE) is None


def test_the_typography_is_really_looked_at() -> None:
    """The same words set as in English would be found."""
    for wrong in ("Oui: non", "Oui : non", "Quoi ?", "Non;", "«oui »", "Ah!"):
        assert BEFORE_HIGH_MARKS.search(wrong) is not None, wrong
    for right in ("Oui\u00a0: non", "Quoi\u00a0?", "Non\u202f; oui", "«\u00a0oui\u00a0»"):
        assert BEFORE_HIGH_MARKS.search(right) is None, right


@pytest.mark.parametrize("code", KINDS)
def test_a_refusal_has_a_fitting_status(code: str) -> None:
    """An error's status; what a client may wait for is never permanent."""
    kind = KINDS[code]
    assert 400 <= kind.status < 600
    if "retry_after_seconds" in facts_of(kind.en):
        assert not kind.permanent


def test_every_refusal_that_is_raised_can_be_said() -> None:
    """Its code is known and its facts are all given."""
    raised = list(refusals_raised())
    assert len(raised) > 50
    for code, given in raised:
        assert code in KINDS
        needed = facts_of(KINDS[code].en)
        assert needed <= given, (code, needed - given)


def test_every_code_is_in_use() -> None:
    """What nobody raises is not kept."""
    catalogue = SOURCES / "core" / "problems.py"
    others = "\n".join(
        path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path != catalogue
    )
    assert [code for code in KINDS if f'"{code}"' not in others] == []


def test_a_problem_says_what_helps() -> None:
    """Code, sentence in the language, whether waiting helps, and the facts for a program."""
    refusal = Refusal("too_many_requests", retry_after_seconds=7)
    problem = refusal.problem("fr")
    assert (problem.code, problem.permanent, problem.retry_after_seconds) == (
        "too_many_requests",
        False,
        7,
    )
    assert "7\u00a0s" in problem.message
    assert problem.detail is None
    assert Refusal("too_large", limit_bytes=5).problem("de").message.startswith("This is too large")
    assert Refusal("too_large", limit_bytes=5).problem("en").detail == {"limit_bytes": 5}


def test_an_unknown_code_is_a_defect() -> None:
    """It is seen where it is raised, not when it is told."""
    with pytest.raises(KeyError):
        Refusal("no_such_code")


def test_a_reason_that_ends_a_sentence_ends_it_once() -> None:
    """It stands inside one; what is left is as the administrator wrote it."""
    said = Refusal("kill_switch", reason="Trop cher.").problem("fr").message
    assert "arrêtés\u00a0: Trop cher. Ce qui" in said


def in_french(table: ast.Dict) -> Iterator[ast.Constant]:
    """Yield the texts of a table by language that are in French."""
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "fr":
            yield from (each for each in ast.walk(value) if isinstance(each, ast.Constant))


def french_texts() -> Iterator[tuple[str, str]]:
    """Yield them for every table of the sources, with where each text stands."""
    for path in SOURCES.rglob("*.py"):
        if path.parent.name == "simulator":  # it reads French as people type it
            continue
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        tables = [node for node in tree if isinstance(node, ast.Dict)]
        texts = [text for table in tables for text in in_french(table)]
        yield from ((f"{path.name}:{text.lineno}", str(text.value)) for text in texts)


def test_french_is_set_as_french_everywhere() -> None:
    """Alerts, reasons, forecasts and reports keep the same rule as refusals."""
    texts = list(french_texts())
    assert len(texts) > 60
    assert [each for each in texts if BEFORE_HIGH_MARKS.search(each[1])] == []

"""The file for spreadsheets: exact, in the reader's language, and harmless."""

import csv
from typing import Final
from uuid import UUID

import pytest

from server.features.budget.report_csv import as_csv
from server.features.budget.store.usage import Used

BOB: Final = UUID(int=2)
ROW: Final = Used(
    day=20261121,
    user=BOB,
    model="claude-x",
    requests=3,
    input_tokens=1200,
    output_tokens=340,
    cache_read_tokens=56,
    cache_write_tokens=7,
    web_searches=1,
    cost_nano_eur=1_234_567_890,
    estimated_nano_eur=5,
    cache_saved_nano_eur=-1_500_000_000,
)


def test_english_has_commas_and_points() -> None:
    """A byte order mark, CRLF, and every cost with all its decimals."""
    assert as_csv([ROW], {BOB: "Bob"}, "en").decode() == (
        "\ufeffDay,Person,Model,Requests,Input tokens,Output tokens,Cache read tokens,"
        "Cache write tokens,Web searches,Cost (EUR),Of which estimated (EUR),"
        "Saved by caching (EUR)\r\n"
        "2026-11-21,Bob,claude-x,3,1200,340,56,7,1,1.234567890,0.000000005,-1.500000000\r\n"
    )


def test_french_has_semicolons_and_commas() -> None:
    """A French spreadsheet takes a comma for the decimal point."""
    lines = as_csv([ROW], {BOB: "Zoé"}, "fr").decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("Jour;Personne;Modèle;Requêtes;")
    assert lines[1] == (
        "2026-11-21;Zoé;claude-x;3;1200;340;56;7;1;1,234567890;0,000000005;-1,500000000"
    )
    assert lines[2:] == [""]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\uff1d1", "\uff20A1"]
)
def test_a_name_is_never_a_formula(name: str) -> None:
    """A spreadsheet would run what begins like this; an apostrophe makes text of it."""
    text = as_csv([ROW], {BOB: name}, "en").decode("utf-8-sig")
    row = list(csv.reader(text.splitlines(keepends=True)[1:]))
    assert [cell for line in row for cell in line][1].startswith("'")


def test_a_separator_in_a_name_stays_in_its_column() -> None:
    """Quotes and separators in a name do not shift the figures."""
    text = as_csv([ROW], {BOB: 'Bob "the; baker"'}, "fr").decode("utf-8-sig")
    _, row = csv.reader(text.splitlines(), delimiter=";")
    assert (row[1], row[9]) == ('Bob "the; baker"', "1,234567890")


def test_nothing_spent_is_a_header_alone() -> None:
    """The file opens all the same."""
    assert as_csv([], {}, "en").decode().count("\r\n") == 1

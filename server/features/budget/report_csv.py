"""What was spent, as a file that a spreadsheet opens: its columns, separators and figures.

UTF-8 with a byte order mark, lines end in CRLF. French spreadsheets expect semicolons between
columns and a comma in figures, English ones commas and a point.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from server.core.money import NANO

from .store.usage import Used

_HEADERS: Final = {
    "en": (
        *("Day", "Person", "Model", "Requests", "Input tokens", "Output tokens"),
        *("Cache read tokens", "Cache write tokens", "Web searches", "Cost (EUR)"),
        *("Of which estimated (EUR)", "Saved by caching (EUR)"),
    ),
    "fr": (
        *("Jour", "Personne", "Modèle", "Requêtes", "Jetons en entrée", "Jetons en sortie"),
        *("Jetons lus en cache", "Jetons écrits en cache", "Recherches web", "Coût (EUR)"),
        *("Dont estimé (EUR)", "Économisé par le cache (EUR)"),
    ),
}

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The wide forms as well: spreadsheets of the far east take them for the same."""


def as_csv(rows: Sequence[Used], names: Mapping[UUID | None, str], language: str) -> bytes:
    """Return the file; costs have all nine decimals, so that nothing is rounded."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    writer.writerow(_HEADERS[language])
    writer.writerows(_columns(row, names, language) for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _columns(row: Used, names: Mapping[UUID | None, str], language: str) -> list[object]:
    return [
        _day(row.day or 0),
        _text(names[row.user]),
        _text(str(row.model)),
        row.requests,
        row.input_tokens,
        row.output_tokens,
        row.cache_read_tokens,
        row.cache_write_tokens,
        row.web_searches,
        _euros(row.cost_nano_eur, language),
        _euros(row.estimated_nano_eur, language),
        _euros(row.cache_saved_nano_eur, language),
    ]


def _day(number: int) -> str:
    return f"{number // 10_000:04}-{number // 100 % 100:02}-{number % 100:02}"


def _text(name: str) -> str:
    """A name as text: a spreadsheet would run one that looks like a formula."""
    return f"'{name}" if name.startswith(_FORMULA_STARTS) else name


def _euros(nano_eur: int, language: str) -> str:
    whole, rest = divmod(abs(nano_eur), NANO)
    sign = "-" if nano_eur < 0 else ""
    return f"{sign}{whole}{',' if language == 'fr' else '.'}{rest:09}"

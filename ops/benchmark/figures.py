"""Figures with their unit, base and bound, as a table for people and as JSON for programs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured.

    `base` is the same of the upstream called directly; `at_most` or `at_least` is the bound, None
    where there is none.
    """

    name: str
    unit: str
    value: float
    base: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by the base."""
        return self.value / self.base if self.base else None

    @property
    def within(self) -> bool | None:
        """Whether the bound holds; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self) | {"ratio": self.ratio, "within": self.within}


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be measured here, and why."""

    name: str
    why: str


HEADINGS: Final = ("", "claude-rasp", "directly", "ratio", "bound", "")
WITHIN: Final = {True: "ok", False: "MISSED", None: ""}


def table(figures: Iterable[Figure | Missing]) -> str:
    """A line each, in columns."""
    lines = [HEADINGS, *map(_cells, figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, len(HEADINGS) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(figure: Figure | Missing) -> tuple[str, ...]:
    if isinstance(figure, Missing):
        return (figure.name, "-", "", "", "", figure.why)
    return (
        figure.name,
        f"{_number(figure.value)} {figure.unit}",
        _number(figure.base),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        _bound(figure),
        WITHIN[figure.within],
    )


def _bound(figure: Figure) -> str:
    if figure.at_most is not None:
        return f"≤ {_number(figure.at_most)}"
    return f"≥ {_number(figure.at_least)}" if figure.at_least is not None else ""


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def middle(values: Iterable[float]) -> float:
    """The median."""
    return median(values)


def p95(values: Iterable[float]) -> float:
    """The value below which 95 % lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]

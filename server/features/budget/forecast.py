"""What the running month will come to: a pure function of the days so far.

Each day to come costs what a day cost on average lately, give or take: the range holds the month's
end eight times out of ten, if days go on to vary as they did (Student's t, the uncertainty of the
average included). Integers only, so that the same days give the same figures everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

from schema.wire.money import Forecast
from server.core.money import euros

MEASURED_DAYS_MAX: Final = 28
"""Four weeks, so that each day of the week counts as often."""

MEASURED_DAYS_MIN: Final = 3
"""With fewer days nothing is known of how they vary."""

WIDE: Final = 3
"""With so few days, what is still to come may be nothing, or this many times as much."""

# The 90th percentile of Student's t in thousandths, from two degrees of freedom on.
_T_MILLI: Final = (
    *(1886, 1638, 1533, 1476, 1440, 1415, 1397, 1383, 1372, 1363, 1356, 1350, 1345),
    *(1341, 1337, 1333, 1330, 1328, 1325, 1323, 1321, 1319, 1318, 1316, 1315, 1314),
)

_TEXTS: Final = {
    "en": {
        "measured": "{spent} so far, and {rate} for each day to come ({days} left), the average of "
        "the last {measured} days; the range, from how much those days varied, holds in 8 cases "
        "out of 10.",
        "wide": "{spent} so far, and {rate} for each day to come ({days} left); too few whole days "
        "were measured ({measured}) to know how much they vary, so the range is wide.",
    },
    "fr": {
        "measured": "{spent} à ce jour, puis {rate} pour chaque jour à venir (il en reste "
        "{days}), la moyenne des {measured} derniers jours ; la fourchette, tirée des écarts "
        "entre ces jours, vaut dans 8 cas sur 10.",
        "wide": "{spent} à ce jour, puis {rate} pour chaque jour à venir (il en reste {days}) ; "
        "trop peu de jours entiers ont été mesurés ({measured}) pour en connaître les écarts, la "
        "fourchette est donc large.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A month so far, in nano-euros.

    `spent` is that of the month before today, `today` that of today, which is not over yet;
    `days` are the last whole days before today, those without spending included; `days_left` are
    those after today.
    """

    spent: int
    today: int
    days: Sequence[int]
    days_left: int


def forecast(month: Measured, language: str) -> Forecast:
    """Return what the month will come to; never less than what is spent already."""
    enough = len(month.days) >= MEASURED_DAYS_MIN
    sofar = month.spent + month.today
    rate = _rate(month)
    # Today is not over: it will be an ordinary day, or has been a dear one.
    likely = month.spent + max(month.today, rate) + rate * month.days_left
    spread = _spread(month) if enough else (WIDE - 1) * (likely - sofar)
    return Forecast(
        low_nano_eur=max(sofar, likely - spread) if enough else sofar,
        likely_nano_eur=likely,
        high_nano_eur=likely + spread,
        days_measured=len(month.days),
        method=_TEXTS["fr" if language == "fr" else "en"]["measured" if enough else "wide"].format(
            spent=euros(sofar, language),
            rate=euros(rate, language),
            days=month.days_left,
            measured=len(month.days),
        ),
    )


def _rate(month: Measured) -> int:
    """Return what a day costs; on the first days today is all there is to go by."""
    count = len(month.days)
    average = max(0, -(-sum(month.days) // count)) if count else 0
    return average if count >= MEASURED_DAYS_MIN else max(average, month.today)


def _spread(month: Measured) -> int:
    """Return t · sd · √(m + m²/n): m days vary by themselves, and their average is not certain."""
    count, ahead = len(month.days), month.days_left + 1
    total = sum(month.days)
    squares = count * sum(day * day for day in month.days) - total * total
    t_milli = _T_MILLI[count - MEASURED_DAYS_MIN]
    # squares = n·(n-1)·sd², and m + m²/n = m·(n+m)/n
    scaled = t_milli**2 * squares * ahead * (count + ahead)
    return isqrt(scaled // (count**2 * (count - 1))) // 1000

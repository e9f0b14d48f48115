"""What the month will come to: by hand, at the edges, and whatever the days were."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.core.money import NANO
from server.features.budget.forecast import MEASURED_DAYS_MAX, Measured, forecast

EUR: Final = NANO
STEADY: Final = Measured(spent=10 * EUR, today=EUR // 2, days=[EUR] * 10, days_left=20)

amounts = some.integers(0, 50 * EUR)
months = some.builds(
    Measured,
    spent=amounts,
    today=amounts,
    days=some.lists(amounts, max_size=MEASURED_DAYS_MAX),
    days_left=some.integers(0, 30),
)


def test_days_that_are_all_alike_leave_no_doubt() -> None:
    """Ten days at 1 €: today becomes one as well, and so do the twenty to come."""
    ahead = forecast(STEADY, "en")
    assert ahead.likely_nano_eur == 31 * EUR
    assert ahead.low_nano_eur == ahead.high_nano_eur == 31 * EUR
    assert ahead.days_measured == 10


def test_a_dear_today_counts_as_it_is() -> None:
    """What today has cost already is not taken back by an average."""
    ahead = forecast(replace(STEADY, today=5 * EUR), "en")
    assert ahead.likely_nano_eur == (10 + 5 + 20) * EUR


def test_the_range_is_that_of_the_formula() -> None:
    """Days of 0, 1 and 2 €: sd 1, t 1.886; three days ahead: 1.886 · √(3 + 9/3) = 4.6197 €."""
    month = Measured(spent=3 * EUR, today=EUR, days=[0, EUR, 2 * EUR], days_left=2)
    ahead = forecast(month, "en")
    assert ahead.likely_nano_eur == 6 * EUR
    assert ahead.high_nano_eur - 6 * EUR == pytest.approx(4.6197 * EUR, rel=1e-4)
    assert ahead.low_nano_eur == 4 * EUR  # spent already


@pytest.mark.parametrize("days", [[], [EUR], [EUR, EUR]])
def test_too_few_days_make_a_wide_range(days: list[int]) -> None:
    """With fewer than three whole days it may be nothing more, or three times as much; it says so.

    Today is what there is to go by.
    """
    month = Measured(spent=sum(days), today=2 * EUR, days=days, days_left=10)
    ahead = forecast(month, "en")
    sofar = sum(days) + 2 * EUR
    assert ahead.likely_nano_eur == sofar + 20 * EUR
    assert (ahead.low_nano_eur, ahead.high_nano_eur) == (sofar, sofar + 60 * EUR)
    assert "the range is wide" in ahead.method
    assert "la fourchette est donc large" in forecast(month, "fr").method


def test_nothing_spent_is_nothing_to_come() -> None:
    """A new instance has a forecast of zero, not an error."""
    ahead = forecast(Measured(spent=0, today=0, days=[], days_left=29), "en")
    assert (ahead.low_nano_eur, ahead.likely_nano_eur, ahead.high_nano_eur) == (0, 0, 0)


def test_the_method_has_its_figures_in_the_language_of_the_reader() -> None:
    """One sentence: what was spent, a day's average, how many days, and what the range means."""
    assert forecast(STEADY, "en").method == (
        "€10.50 so far, and €1.00 for each day to come (20 left), the average of the last 10 days; "
        "the range, from how much those days varied, holds in 8 cases out of 10."
    )
    assert forecast(STEADY, "fr").method == (
        "10,50\u00a0€ à ce jour, puis 1,00\u00a0€ pour chaque jour à venir (il en reste 20), la "
        "moyenne des 10 derniers jours\u00a0; la fourchette, tirée des écarts entre ces jours, "
        "vaut dans 8 cas sur 10."
    )


@given(months)
def test_whatever_the_days_were(month: Measured) -> None:
    """What is spent ≤ low ≤ likely ≤ high; twice the same question has one answer."""
    ahead = forecast(month, "fr")
    sofar = month.spent + month.today
    assert sofar <= ahead.low_nano_eur <= ahead.likely_nano_eur <= ahead.high_nano_eur
    assert ahead == forecast(month, "fr")

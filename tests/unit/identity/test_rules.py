"""Names, and what a refresh token is worth."""

import pytest

from server.core.problems import Refusal
from server.features.identity.rules import fold, fold_new, worth


@pytest.mark.parametrize("written", ["Zoé Maß", "ZOÉ MASS", " zoe\u0301 maß ", "\uff3aoé Maß"])
def test_one_name_however_it_is_written(written: str) -> None:
    """Case, width, accents' form and outer blanks do not make another person."""
    assert fold(written) == "zoé mass"


@pytest.mark.parametrize("name", ["Ali\u200bce", "Al\u202eice", "Alice\x00", "\ue000\ue000"])
def test_a_name_with_what_nobody_sees_cannot_be_taken(name: str) -> None:
    """Invisible characters would make a second Alice that looks like the first."""
    with pytest.raises(Refusal) as refusal:
        fold_new(name)
    assert refusal.value.code == "invalid"
    assert name not in str(refusal.value.facts)


def test_a_name_that_grows_beyond_the_column_cannot_be_taken() -> None:
    """One character may stand for eighteen: the length that counts is that of the folded name."""
    with pytest.raises(Refusal):
        fold_new("\ufdfa" * 20)


@pytest.mark.parametrize(
    ("presented", "current", "result"),
    [(0, 0, "next"), (4, 4, "next"), (3, 4, "same_again"), (2, 4, "stolen"), (0, 2, "stolen"),
     (9, 4, "next")],
)  # fmt: skip
def test_the_worth_of_a_refresh_token(presented: int, current: int, result: str) -> None:
    """Current: the next; the one before: the current again; older: stolen."""
    assert worth(presented, current) == result

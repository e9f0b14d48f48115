"""What a ledger lacks is added once: what it cost, or all that was held where nobody knows."""

from dataclasses import replace
from typing import Final

import pytest

from server.features.budget.meter import MeterLine
from server.features.budget.recovery import Known, came_to, fingerprint, posts_missing, unknown_to

from .vault import BOB

HOLD: Final = MeterLine(5, "h" * 32, "hold", "real", BOB, 20261121, 202611, 100)
POST: Final = replace(HOLD, seq=6, chain="p" * 32, kind="post", nano_eur=60, closes=5)
VOID: Final = replace(POST, kind="void", nano_eur=0)
CORRECTION: Final = replace(
    POST, seq=7, chain="c" * 32, kind="correction", nano_eur=-9, closes=None
)


def ledger(
    *lines: MeterLine, closed: frozenset[int] = frozenset(), pending: frozenset[int] = frozenset()
) -> Known:
    """Return what a ledger with these entries has."""
    own = {line.closes for line in lines if line.closes is not None}
    return Known({line.seq: line.chain for line in lines}, closed | own, pending)


OTHER: Final = replace(HOLD, chain="o" * 32)
"""The entry that got the number of a lost one."""


@pytest.mark.parametrize(
    ("known", "lines", "amounts"),
    [
        pytest.param(ledger(HOLD, POST), [HOLD, POST], [], id="nothing is missing"),
        pytest.param(ledger(), [HOLD, POST], [60], id="a whole request: what it cost"),
        pytest.param(ledger(), [HOLD, VOID], [0], id="one that was given back: nothing"),
        pytest.param(ledger(), [HOLD], [100], id="a hold without an end: all of it"),
        pytest.param(ledger(POST), [HOLD, POST], [], id="the hold alone, its post is there"),
        pytest.param(ledger(POST), [HOLD], [], id="the same, the meter did not see the post"),
        pytest.param(ledger(pending=frozenset({5})), [HOLD], [], id="the hold, still pending"),
        pytest.param(ledger(HOLD), [HOLD, POST], [], id="the post alone: settled with its hold"),
        pytest.param(ledger(), [POST], [60], id="a post whose hold the meter left out"),
        pytest.param(ledger(HOLD), [POST], [], id="the same, and the ledger has the hold"),
        pytest.param(ledger(HOLD, POST), [HOLD, POST, CORRECTION], [-9], id="a correction"),
        pytest.param(ledger(OTHER), [HOLD, POST], [60], id="the number was given again"),
        pytest.param(
            ledger(OTHER, closed=frozenset({5})), [HOLD], [100], id="… and that one was closed"
        ),
        pytest.param(ledger(OTHER), [HOLD, POST, OTHER], [60], id="… and was counted as well"),
    ],
)
def test_what_is_missing_is_posted_once(
    known: Known, lines: list[MeterLine], amounts: list[int]
) -> None:
    """Each line stands for itself, in the periods of the meter's line."""
    posts = posts_missing(known, lines)
    assert [post.nano_eur for post in posts] == amounts
    assert {(post.closes, post.user, post.day) for post in posts} <= {(None, BOB, 20261121)}


def test_what_an_entry_was_made_smaller_by_is_added() -> None:
    """What the meter counted of it is the truth; one that was made larger stays as it is."""
    chains = {5: HOLD.chain, 6: POST.chain}
    for amount, amounts in ((1, [59]), (60, []), (61, [])):
        known = Known(chains, frozenset({5}), frozenset(), {6: amount})
        assert [post.nano_eur for post in posts_missing(known, [HOLD, POST])] == amounts
        assert unknown_to(known, [HOLD, POST]) == [POST] * len(amounts)


def test_a_leaked_hold_comes_to_what_the_meter_saw() -> None:
    """Its post, wherever the hold's own line is; all of it where there is none."""
    assert came_to(HOLD, [HOLD, POST]).nano_eur == 60
    assert came_to(HOLD, [POST]).nano_eur == 60
    assert came_to(HOLD, [HOLD, VOID]).nano_eur == 0
    assert came_to(HOLD, [HOLD]).nano_eur == 100
    assert came_to(HOLD, [OTHER, POST]).nano_eur == 100


def test_the_same_lines_are_known_again() -> None:
    """Others are not."""
    unknown = unknown_to(ledger(HOLD), [HOLD, POST, CORRECTION])
    assert unknown == [POST, CORRECTION]
    assert fingerprint(unknown) == fingerprint([POST, CORRECTION])
    assert fingerprint(unknown) != fingerprint([POST])

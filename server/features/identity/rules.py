"""What decides without knowing the database: names, and what a refresh token is worth."""

import unicodedata
from typing import Final, Literal

from server.core.problems import Refusal

FOLDED_LENGTH_MAX: Final = 128
INVISIBLE: Final = "C"
"""Unicode's categories of what is not seen: control, format, surrogate, private, unassigned."""

Worth = Literal["next", "same_again", "stolen"]


def fold(username: str) -> str:
    """The form in which a name is unique: look-alike widths, case and outer blanks are one."""
    compatible = unicodedata.normalize("NFKC", username).casefold()
    return unicodedata.normalize("NFKC", compatible).strip()


def fold_new(username: str) -> str:
    """Fold a name that is about to be taken.

    Raises Refusal `invalid` if it has characters nobody sees, or is too long once folded.
    """
    folded = fold(username)
    if any(unicodedata.category(character).startswith(INVISIBLE) for character in username):
        raise Refusal("invalid", fields="username: only visible characters are allowed")
    if not 1 <= len(folded) <= FOLDED_LENGTH_MAX:
        raise Refusal("invalid", fields="username: it is too long when written in full")
    return folded


def worth(presented: int, current: int) -> Worth:
    """What an authentic refresh token of generation `presented` is worth at `current`.

    The current one is exchanged for the next. The one before it gets the current one again, which
    nobody has used yet: its answer was lost, or two tabs were racing. An older one was exchanged
    and its successor used, so two parties hold the family: it is stolen. (One from the future was
    current before a backup was restored.)
    """
    if presented >= current:
        return "next"
    return "same_again" if presented == current - 1 else "stolen"

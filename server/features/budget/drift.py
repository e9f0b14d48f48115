"""How the provider's bill and the ledger differ, and what that says of estimates: only figures."""

from dataclasses import dataclass
from datetime import date
from re import compile as pattern
from typing import Final

from schema.wire.money import Drift
from server.core.money import nano_eur_of

from .store.provider import EstimatedPost, ExactSum

SLACK_PICO_USD: Final = 10_000_000_000
"""The provider's amounts are rounded: a cent less than we know exactly is no less."""

_DATE: Final = pattern(r"-\d{8}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A model on a day: what was billed (None: it is not in the report), and what was posted."""

    day: date
    model: str
    billed_pico_usd: int | None
    exact: tuple[ExactSum, ...]
    estimated: tuple[EstimatedPost, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a post must change by."""

    seq: int
    delta_nano_eur: int
    delta_pico_usd: int


def plain(model: str) -> str:
    """Return a model's name without the date of its version: the report has it, answers may not."""
    return _DATE.sub("", model)


def corrections(compared: Compared) -> list[Correction]:
    """Return by what the estimated posts of a model and day change, that they fit the bill.

    What is left of the bill after the exact posts is shared out in the proportion of what was
    posted, rounded up, so that doing it again changes nothing. Posts that may be billed on the day
    after are left as they are, and the exact ones among them are not taken off the bill: a doubt
    never lowers an estimate. Nor does a bill that is not there, or has less than we know exactly.
    """
    billed = compared.billed_pico_usd
    known = sum(each.pico_usd for each in compared.exact if each.sure)
    if billed is None or billed + SLACK_PICO_USD < known:
        return []
    movable = [each for each in compared.estimated if each.sure and each.posted_pico_usd > 0]
    posted = sum(each.posted_pico_usd for each in movable)
    target = min(max(billed - known, 0), posted)
    changes = [_change(each, target, posted) for each in movable]
    return [each for each in changes if each.delta_nano_eur or each.delta_pico_usd]


def _change(post: EstimatedPost, target_pico_usd: int, posted_pico_usd: int) -> Correction:
    pico_usd = -(-post.posted_pico_usd * target_pico_usd // posted_pico_usd)
    nano_eur = min(nano_eur_of(pico_usd, post.usd_per_eur_micro), post.posted_nano_eur)
    return Correction(
        seq=post.seq,
        delta_nano_eur=nano_eur - post.posted_nano_eur - post.corrected_nano_eur,
        delta_pico_usd=pico_usd - post.posted_pico_usd - post.corrected_pico_usd,
    )


def drift_of(compared: Compared, usd_per_eur_micro: int) -> Drift:
    """Return how bill and ledger compare; the drift is what the ledger has more than the bill.

    The bill is put into euros as the posts were; where there is none, at the rate given.
    """
    exact, estimated = compared.exact, compared.estimated
    nano_eur = sum(each.nano_eur for each in exact)
    nano_eur += sum(each.posted_nano_eur for each in estimated)
    pico_usd = sum(each.pico_usd for each in exact)
    pico_usd += sum(each.posted_pico_usd for each in estimated)
    billed = compared.billed_pico_usd or 0
    if pico_usd > 0:
        billed_nano_eur = -(-billed * nano_eur // pico_usd)
    else:
        billed_nano_eur = nano_eur_of(billed, usd_per_eur_micro)
    corrected = sum(each.corrected_nano_eur for each in estimated)
    return Drift(
        day=compared.day.isoformat(),
        model=compared.model,
        provider_nano_eur=billed_nano_eur,
        ledger_nano_eur=nano_eur + corrected,
        estimated_nano_eur=sum(each.posted_nano_eur for each in estimated),
        corrected_nano_eur=corrected,
        drift_nano_eur=nano_eur + corrected - billed_nano_eur,
    )

"""Facts of a refusal or an alert, as a sentence in French or English takes them up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from .money import euros

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}

_WORDS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "scope": {
        "instance": {"en": "of this instance", "fr": "de l’instance"},
        "user": {"en": "of your account", "fr": "de votre compte"},
    },
    "period": {
        "day": {"en": "daily", "fr": "quotidienne"},
        "week": {"en": "weekly", "fr": "hebdomadaire"},
        "month": {"en": "monthly", "fr": "mensuelle"},
        "total": {"en": "total", "fr": "totale"},
    },
    "cause": {
        "spent": {
            "en": "not enough for a useful answer",
            "fr": "pas assez pour une réponse utile",
        },
        "held": {
            "en": "but answers being written hold it for now",
            "fr": "mais des réponses en cours le retiennent pour l’instant",
        },
    },
    "reason": {  # why a ledger is not trusted; what people wrote themselves stays as it is
        "meter_ahead": {
            "en": "the second meter has counted further, as after an older backup was restored",
            "fr": "le second compteur est allé plus loin, comme après la restauration d’une "
            "ancienne sauvegarde",
        },
        "meter_differs": {
            "en": "its entries are not those that the second meter counted",
            "fr": "ses écritures ne sont pas celles que le second compteur a comptées",
        },
        "meter_missing": {
            "en": "the second meter, meter.log, is missing from the data folder",
            "fr": "le second compteur, meter.log, manque dans le dossier des données",
        },
        "meter_damaged": {
            "en": "the second meter, meter.log, is damaged",
            "fr": "le second compteur, meter.log, est endommagé",
        },
        "meter_unreadable": {
            "en": "the second meter, meter.log, cannot be read or written",
            "fr": "le second compteur, meter.log, ne peut être ni lu ni écrit",
        },
        "entry_missing": {
            "en": "entries are missing from it",
            "fr": "des écritures y manquent",
        },
        "entry_changed": {
            "en": "an entry was changed after it had been written",
            "fr": "une écriture a été modifiée après coup",
        },
        "ledger_unreadable": {
            "en": "the database is damaged",
            "fr": "la base de données est endommagée",
        },
    },
}


_LEFT: Final = {
    "en": "{left_nano_eur} of {limit_nano_eur} are left,",
    "fr": "il reste {left_nano_eur} sur {limit_nano_eur},",
}

_LEFT_UNTOLD: Final = {
    "spent": {"en": "what is left is", "fr": "il ne reste"},
    "held": {"en": "something is left,", "fr": "il reste quelque chose,"},
}
"""Where the amounts are not the reader's to know."""


def spoken(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the facts with amounts, moments and known words put into the language.

    `…_nano_eur` is an amount, `resets_at` an ISO moment in the instance's time zone (None: never)
    that becomes a sentence; `scope`, `period`, `cause` and known `reason`s are words. A `reason`
    that somebody wrote loses its full stop, for it stands inside a sentence. All else stays as it
    is. Where there is a `cause`, `left` says what is left of a limit, if the facts do.
    """
    said = {name: _said(name, value, language) for name, value in facts.items()}
    if "cause" in facts:
        tongue = "fr" if language == "fr" else "en"
        known = "left_nano_eur" in facts
        left = _LEFT[tongue] if known else _LEFT_UNTOLD[facts["cause"]][tongue]
        said["left"] = left.format(**said)
    return said


def _said(name: str, value: Any, language: str) -> Any:  # noqa: ANN401 - any JSON value
    if name.endswith("_nano_eur") and isinstance(value, int):
        return euros(value, language)
    if name == "resets_at":
        return _resets(value, language)
    if name == "reason":
        value = str(value).rstrip(".")
    return _WORDS.get(name, {}).get(str(value), {}).get(language, value)


def _resets(moment: str | None, language: str) -> str:
    if moment is None:
        return (
            "Elle ne repart pas d’elle-même."
            if language == "fr"
            else "It does not start again by itself."
        )
    at = datetime.fromisoformat(moment)
    month = _MONTHS["fr" if language == "fr" else "en"].split()[at.month - 1]
    if language == "fr":
        day = "1er" if at.day == 1 else str(at.day)
        return f"Elle repart le {day} {month} à {at:%H:%M}."
    return f"It starts again on {at.day} {month} at {at:%H:%M}."

"""Why calls are stopped, and what to do, in the reader's language."""

from datetime import datetime
from typing import Final

from server.core.words import spoken

from .limits import Standing

_ADVICE: Final[dict[str, dict[str, str]]] = {
    "restored": {
        "en": "If that is what happened, lift the stop and say so: what was spent since is added, "
        "as an estimate. Otherwise look at the data folder first.",
        "fr": "Si c’est ce qui s’est passé, levez l’arrêt en le disant : ce qui a été dépensé "
        "depuis est ajouté, à titre d’estimation. Sinon, examinez d’abord le dossier des données.",
    },
    "lost": {
        "en": "If the data folder was moved or restored without it, lift the stop and say so: it "
        "begins anew. What may have been spent after a backup is not known here: compare with the "
        "provider’s bill.",
        "fr": "Si le dossier des données a été déplacé ou restauré sans lui, levez l’arrêt en le "
        "disant : il repart de zéro. Ce qui a pu être dépensé après une sauvegarde n’est pas connu "
        "ici : comparez avec la facture du fournisseur.",
    },
    "disk": {
        "en": "Check the disk and who may write to the data folder, and keep a copy of it. Then "
        "lift the stop and say what it was: it begins anew.",
        "fr": "Vérifiez le disque et les droits sur le dossier des données, et gardez-en une "
        "copie. Levez ensuite l’arrêt en disant ce que c’était : il repart de zéro.",
    },
    "changed": {
        "en": "Find out what changed the database (another program, or a failing disk), and keep a "
        "copy of the data folder. Then lift the stop and say what it was: amounts that the second "
        "meter knows and the ledger lacks are added, as estimates.",
        "fr": "Cherchez ce qui a modifié la base de données (un autre programme, ou un disque "
        "défaillant) et gardez une copie du dossier des données. Levez ensuite l’arrêt en disant "
        "ce que c’était : les montants que le second compteur connaît et qui manquent au registre "
        "sont ajoutés, à titre d’estimation.",
    },
    "unreadable": {
        "en": "Stop the server, keep a copy of the data folder, and restore the newest backup.",
        "fr": "Arrêtez le serveur, gardez une copie du dossier des données et restaurez la "
        "dernière sauvegarde.",
    },
}

_ADVICE_FOR: Final = {
    "meter_ahead": "restored",
    "meter_missing": "lost",
    "meter_damaged": "disk",
    "meter_unreadable": "disk",
    "ledger_unreadable": "unreadable",
}

_LEDGER: Final = {
    "en": "The ledger cannot be trusted: {reason}. {advice}",
    "fr": "Le registre des dépenses n’est pas fiable : {reason}. {advice}",
}

_ASK: Final = {
    "en": "An administrator must look at it, under Money.",
    "fr": "Un administrateur doit s’en occuper, sous Budget.",
}

_LIMIT: Final = {
    "en": "The {period} limit {scope} is used up: {left_nano_eur} of {limit_nano_eur} are left, "
    "not enough for a useful answer. {resets_at}",
    "fr": "La limite {period} {scope} est épuisée : il reste {left_nano_eur} sur {limit_nano_eur}, "
    "pas assez pour une réponse utile. {resets_at}",
}

_LIMIT_OF_ALL: Final = {
    "en": "The {period} limit {scope} is used up. {resets_at}",
    "fr": "La limite {period} {scope} est épuisée. {resets_at}",
}


def ledger_reason(code: str, language: str, *, administrator: bool) -> str:
    """Say why the ledger is not trusted, and what to do about it."""
    what = _ADVICE[_ADVICE_FOR.get(code, "changed")][language]
    advice = what if administrator else _ASK[language]
    return _LEDGER[language].format(**spoken({"reason": code}, language), advice=advice)


def limit_reason(
    standing: Standing, resets_at: datetime | None, language: str, *, amounts: bool
) -> str:
    """Say which limit is used up and when it starts again; without amounts, for all may read it."""
    limit = standing.limit
    facts = {
        "scope": limit.scope,
        "period": limit.period,
        "left_nano_eur": max(0, standing.left_nano_eur or 0),
        "limit_nano_eur": limit.limit_nano_eur,
        "resets_at": None if resets_at is None else resets_at.isoformat(),
    }
    text = _LIMIT if amounts else _LIMIT_OF_ALL
    return text[language].format(**spoken(facts, language))

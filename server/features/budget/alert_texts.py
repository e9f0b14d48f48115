"""What alerts say, in French and English: one table, from the same facts."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from server.core.words import spoken

Facts = Mapping[str, Any]


class Said(NamedTuple):
    """An alert in one language, with facts in braces."""

    title: str
    text: str


_TEXTS: Final[dict[str, dict[str, Said]]] = {
    "near": {
        "en": Said(
            "{percent}% of the {period} limit {scope} is used",
            "{spent_nano_eur} of {limit_nano_eur} are spent: the limit is near. {resets_at}",
        ),
        "fr": Said(
            "{percent} % de la limite {period} {scope}",
            "{spent_nano_eur} sur {limit_nano_eur} sont dépensés : la limite est proche. "
            "{resets_at}",
        ),
    },
    "near_of": {
        "en": Said(
            "{username}: {percent}% of the {period} limit is used",
            "{spent_nano_eur} of {limit_nano_eur} are spent: the limit is near. {resets_at}",
        ),
        "fr": Said(
            "{username} : {percent} % de la limite {period}",
            "{spent_nano_eur} sur {limit_nano_eur} sont dépensés : la limite est proche. "
            "{resets_at}",
        ),
    },
    "reached": {
        "en": Said(
            "The {period} limit {scope} is reached",
            "{spent_nano_eur} of {limit_nano_eur} are spent: the limit is reached. {resets_at}",
        ),
        "fr": Said(
            "La limite {period} {scope} est atteinte",
            "{spent_nano_eur} sur {limit_nano_eur} sont dépensés : la limite est atteinte. "
            "{resets_at}",
        ),
    },
    "reached_of": {
        "en": Said(
            "{username}: the {period} limit is reached",
            "{spent_nano_eur} of {limit_nano_eur} are spent: the limit is reached. {resets_at}",
        ),
        "fr": Said(
            "{username} : la limite {period} est atteinte",
            "{spent_nano_eur} sur {limit_nano_eur} sont dépensés : la limite est atteinte. "
            "{resets_at}",
        ),
    },
    "tripped": {
        "en": Said(
            "Calls to Claude are stopped",
            "{username} stopped them: {reason}. An administrator can lift the stop under Money.",
        ),
        "fr": Said(
            "Les appels à Claude sont arrêtés",
            "{username} les a arrêtés : {reason}. Un administrateur peut lever l’arrêt sous "
            "Budget.",
        ),
    },
    "distrusted": {
        "en": Said(
            "Calls to Claude are stopped",
            "The ledger cannot be trusted: {reason}. Nothing is asked of Claude until an "
            "administrator has checked it under Money.",
        ),
        "fr": Said(
            "Les appels à Claude sont arrêtés",
            "Le registre des dépenses n’est pas fiable : {reason}. Rien n’est demandé à Claude "
            "tant qu’un administrateur ne l’a pas vérifié sous Budget.",
        ),
    },
    "lifted": {
        "en": Said(
            "Calls to Claude are possible again",
            "{username} lifted the stop: {reason}.",
        ),
        "fr": Said(
            "Les appels à Claude sont de nouveau possibles",
            "{username} a levé l’arrêt : {reason}.",
        ),
    },
    "ask": {
        "en": Said(
            "{username} asks for more",
            "{username} would like {amount_nano_eur} on top of the {period} limit.",
        ),
        "fr": Said(
            "{username} demande un supplément",
            "{username} voudrait {amount_nano_eur} en plus de la limite {period}.",
        ),
    },
    "granted": {
        "en": Said(
            "You have {granted_nano_eur} more",
            "Your request was granted: {granted_nano_eur} on top of the {period} limit.",
        ),
        "fr": Said(
            "Vous avez {granted_nano_eur} de plus",
            "Votre demande est acceptée : {granted_nano_eur} en plus de la limite {period}.",
        ),
    },
    "declined": {
        "en": Said(
            "Your request for more was declined",
            "You asked for {amount_nano_eur} on top of the {period} limit.",
        ),
        "fr": Said(
            "Votre demande de supplément est refusée",
            "Vous aviez demandé {amount_nano_eur} en plus de la limite {period}.",
        ),
    },
    "test": {
        "en": Said("A test alert", "You asked for it, and it has arrived: alerts reach you."),
        "fr": Said(
            "Une alerte d’essai",
            "Vous l’avez demandée, et elle est arrivée : les alertes vous parviennent.",
        ),
    },
}

_NOTE: Final = {"en": " They write: “{note}”", "fr": " Son message : « {note} »"}
_SIMULATED: Final = {
    "en": " This is the simulator’s money, not real money.",
    "fr": " C’est l’argent du simulateur, pas de l’argent réel.",
}
_SERVER: Final = {"en": "The server", "fr": "Le serveur"}

_MAIL: Final = {
    "en": {
        "open": "Open {name}",
        "why": "You receive this because you have an account on {name}. Which alerts you get by "
        "e-mail is set there, in your settings.",
        "off": "This instance has no mail server: an administrator sets mail.host.",
        "nowhere": "There is no e-mail address in your settings.",
        "sent": "Sent to {email}.",
        "taken": "It is in your alerts.",
    },
    "fr": {
        "open": "Ouvrir {name}",
        "why": "Vous recevez ce message car vous avez un compte sur {name}. Vous y choisissez, "
        "dans vos réglages, les alertes que vous recevez par e-mail.",
        "off": "Cette instance n’a pas de serveur d’e-mail : un administrateur règle mail.host.",
        "nowhere": "Vos réglages ne contiennent pas d’adresse électronique.",
        "sent": "Envoyé à {email}.",
        "taken": "Elle est dans vos alertes.",
    },
}


def alert_text(kind: str, facts: Facts, language: str) -> Said:
    """Return the title and the text of an alert of this kind."""
    tongue = "fr" if language == "fr" else "en"
    said = {"username": _SERVER[tongue]} | spoken(facts, language)
    template = _TEXTS[_variant(kind, facts)][tongue]
    text = template.text.format(**said)
    if facts.get("note"):
        text += _NOTE[tongue].format(note=facts["note"])
    if facts.get("purse") == "simulated":
        text += _SIMULATED[tongue]
    return Said(template.title.format(**said), text)


def mail_text(sentence: str, language: str, **facts: str) -> str:
    """Return a sentence about e-mail itself."""
    return _MAIL["fr" if language == "fr" else "en"][sentence].format(**facts)


def _variant(kind: str, facts: Facts) -> str:
    if kind == "threshold":
        level = "reached" if facts["percent"] == 100 else "near"  # noqa: PLR2004 - the whole
        return f"{level}_of" if "username" in facts else level
    if kind == "tripped":
        return "distrusted" if facts["trip"] == "ledger" else kind
    if kind == "answer":
        return "granted" if facts["granted"] else "declined"
    return kind

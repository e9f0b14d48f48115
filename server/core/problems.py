"""Every way in which we say no: its code, HTTP status, whether retrying helps, and its words.

A slice raises `Refusal("code", fact=…)`; the edge and the turn make a `Problem` of it in the
person's language. French follows French typography (no-break space before « : ; ? ! »).
"""

from dataclasses import dataclass
from typing import Any

from schema.wire.problem import Problem

from .words import spoken


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same for every refusal with this code. Texts may name facts in braces."""

    status: int
    permanent: bool
    en: str
    fr: str


class Refusal(Exception):
    """We say no, and why. `facts` fill the text and go to the client as `detail`."""

    def __init__(self, code: str, *, retry_after_seconds: int | None = None, **facts: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(code)
        self.code = code
        self.kind = KINDS[code]
        self.retry_after_seconds = retry_after_seconds
        self.facts = facts

    def problem(self, language: str) -> Problem:
        """Say it in `language` ("fr", else English)."""
        text = self.kind.fr if language == "fr" else self.kind.en
        seconds = self.retry_after_seconds
        return Problem(
            code=self.code,
            message=text.format(**spoken(self.facts, language), retry_after_seconds=seconds),
            permanent=self.kind.permanent,
            retry_after_seconds=seconds,
            detail=self.facts or None,
        )


def final(status: int, en: str, fr: str) -> Kind:
    """The same request will be refused again."""
    return Kind(status, permanent=True, en=en, fr=fr)


def passing(status: int, en: str, fr: str) -> Kind:
    """Trying again later can help."""
    return Kind(status, permanent=False, en=en, fr=fr)


KINDS: dict[str, Kind] = {
    # the request itself
    "malformed_json": final(
        400,
        "The request is not valid JSON.",
        "La requête n’est pas du JSON valide.",
    ),
    "invalid": final(
        422,
        "Something in the request is not as it should be: {fields}.",
        "Quelque chose dans la requête n’est pas correct : {fields}.",
    ),
    "not_found": final(
        404,
        "This does not exist, or no longer.",
        "Cela n’existe pas, ou plus.",
    ),
    "method_not_allowed": final(
        405,
        "This address does not take that method.",
        "Cette adresse n’accepte pas cette méthode.",
    ),
    "too_large": final(
        413,
        "This is too large: at most {limit_bytes} bytes are taken.",
        "C’est trop volumineux : {limit_bytes} octets au maximum.",
    ),
    "unsupported_media_type": final(
        415,
        "The body must be JSON (Content-Type: application/json).",
        "Le corps doit être du JSON (Content-Type: application/json).",
    ),
    "bad_request": final(
        400,
        "The request could not be read: it is not valid HTTP.",
        "La requête n’a pas pu être lue : ce n’est pas du HTTP valide.",
    ),
    "headers_too_large": final(
        431,
        "The head of the request is too large: at most {limit_bytes} bytes are taken.",
        "L’en-tête de la requête est trop volumineux : {limit_bytes} octets au maximum.",
    ),
    "request_timeout": passing(
        408,
        "The request did not arrive in time. Try again.",
        "La requête n’est pas arrivée à temps. Réessayez.",
    ),
    "answer_timeout": passing(
        503,
        "The answer took too long. Try again in a moment.",
        "La réponse a pris trop de temps. Réessayez dans un instant.",
    ),
    "too_many_connections": passing(
        503,
        "Too many connections are open. The next one is possible in {retry_after_seconds} s.",
        "Trop de connexions sont ouvertes. La prochaine sera possible dans "
        "{retry_after_seconds} s.",
    ),
    "internal": passing(
        500,
        "Something went wrong here. It is in the log under {request_id}; nothing you sent was "
        "lost.",
        "Une erreur s’est produite ici. Elle est dans le journal sous {request_id} ; rien de ce "
        "que vous avez envoyé n’est perdu.",
    ),
    "storage": passing(
        503,
        "The server cannot store this: its disk is full, or cannot be written. Make room there, "
        "then try again.",
        "Le serveur ne peut pas enregistrer cela : son disque est plein, ou interdit en écriture. "
        "Faites-y de la place, puis réessayez.",
    ),
    # who is asking
    "signed_out": final(
        401,
        "You are signed out. Please sign in again.",
        "Vous êtes déconnecté. Veuillez vous reconnecter.",
    ),
    "token_expired": passing(
        401,
        "The access token has expired. Refresh it and try again.",
        "Le jeton d’accès a expiré. Renouvelez-le et réessayez.",
    ),
    "bad_credentials": final(
        401,
        "The name or the password is not right.",
        "Le nom ou le mot de passe n’est pas bon.",
    ),
    "too_many_attempts": passing(
        429,
        "Too many attempts. The next one is possible in {retry_after_seconds} s.",
        "Trop de tentatives. La prochaine sera possible dans {retry_after_seconds} s.",
    ),
    "wrong_origin": final(
        403,
        "This request comes from another site and was not carried out.",
        "Cette requête vient d’un autre site et n’a pas été exécutée.",
    ),
    "wrong_host": final(
        421,
        "This server does not answer under that name. Add it to allowed_hosts in the settings.",
        "Ce serveur ne répond pas sous ce nom. Ajoutez-le à allowed_hosts dans les réglages.",
    ),
    "csrf": final(
        403,
        "The page is out of date. Reload it and try again.",
        "La page n’est plus à jour. Rechargez-la et réessayez.",
    ),
    "https_required": final(
        403,
        "Signing in over the network needs HTTPS. Open the address that begins with https.",
        "Se connecter par le réseau demande HTTPS. Ouvrez l’adresse qui commence par https.",
    ),
    "setup_token": final(
        403,
        "This set-up link is not valid. Use the newest link shown in the terminal.",
        "Ce lien de mise en route n’est pas valable. Utilisez le dernier lien affiché dans le "
        "terminal.",
    ),
    "already_set_up": final(
        409,
        "This instance already has its administrator. Sign in.",
        "Cette instance a déjà son administrateur. Connectez-vous.",
    ),
    "name_taken": final(
        409,
        "Somebody already has this name, or one that looks like it. Choose another.",
        "Ce nom, ou un nom qui lui ressemble, est déjà pris. Choisissez-en un autre.",
    ),
    # conversations and turns
    "message_empty": final(
        422,
        "The message is empty. Write something first.",
        "Le message est vide. Écrivez d’abord quelque chose.",
    ),
    "message_too_long": final(
        413,
        "The message is too long: {length_bytes} bytes, at most {limit_bytes} are taken. It was "
        "not sent; shorten or split it.",
        "Le message est trop long : {length_bytes} octets pour {limit_bytes} au maximum. Il n’a "
        "pas été envoyé ; raccourcissez-le ou partagez-le.",
    ),
    "id_conflict": final(
        409,
        "This id was already used for something else.",
        "Cet identifiant a déjà servi pour autre chose.",
    ),
    "parent_unknown": final(
        422,
        "The message this one answers is not in the conversation.",
        "Le message auquel celui-ci répond n’est pas dans la conversation.",
    ),
    "no_such_call": final(
        404,
        "No tool call waits for this decision.",
        "Aucun appel d’outil n’attend cette décision.",
    ),
    "frame_malformed": final(
        400,
        "This frame could not be read: {fields}.",
        "Cette trame n’a pas pu être lue : {fields}.",
    ),
    "rate_limited": passing(
        429,
        "That was quick: {per_minute} questions a minute are possible. Your question is kept and "
        "can be sent in {retry_after_seconds} s.",
        "C’était rapide : {per_minute} questions par minute sont possibles. La vôtre est "
        "conservée et peut partir dans {retry_after_seconds} s.",
    ),
    "too_many_requests": passing(
        429,
        "Too many requests at once. The next one is possible in {retry_after_seconds} s.",
        "Trop de requêtes à la fois. La prochaine sera possible dans {retry_after_seconds} s.",
    ),
    "too_many_sockets": passing(
        429,
        "Too many devices are connected at once. Close one, or try again in a minute.",
        "Trop d’appareils sont connectés à la fois. Fermez-en un, ou réessayez dans une minute.",
    ),
    "upgrade_required": final(
        426,
        "This address is a WebSocket: open it with one (subprotocol claude-rasp.v1).",
        "Cette adresse est un WebSocket : ouvrez-la avec un WebSocket (sous-protocole "
        "claude-rasp.v1).",
    ),
    "shutting_down": passing(
        503,
        "The server is stopping. Your message is kept; try again in a moment.",
        "Le serveur s’arrête. Votre message est conservé ; réessayez dans un instant.",
    ),
    "interrupted": passing(
        503,
        "The server stopped while Claude was answering. What had arrived is kept; you can ask "
        "again.",
        "Le serveur s’est arrêté pendant la réponse de Claude. Ce qui était arrivé est conservé ; "
        "vous pouvez redemander.",
    ),
    # money
    "budget": passing(
        402,
        "The {period} limit {scope} does not allow this: {left} {cause}. {resets_at} Your question "
        "is kept.",
        "La limite {period} {scope} ne le permet pas : {left} {cause}. {resets_at} Votre question "
        "est conservée.",
    ),
    "kill_switch": passing(
        402,
        "Calls to Claude are stopped: {reason}. What had arrived and your question are kept; an "
        "administrator can lift the stop under Money.",
        "Les appels à Claude sont arrêtés : {reason}. Ce qui était arrivé et votre question sont "
        "conservés ; un administrateur peut lever l’arrêt sous Budget.",
    ),
    "ledger": passing(
        503,
        "Calls to Claude are stopped because the ledger cannot be trusted ({reason}). Your "
        "question is kept; an administrator must check it under Money.",
        "Les appels à Claude sont arrêtés, car le registre des dépenses n’est pas fiable "
        "({reason}). Votre question est conservée ; un administrateur doit le vérifier sous "
        "Budget.",
    ),
    "model_unpriced": final(
        422,
        "There is no price for the model {model}, so it is not called. Choose another one, or have "
        "an administrator add its price under Money.",
        "Le modèle {model} n’a pas de prix, il n’est donc pas appelé. Choisissez-en un autre, ou "
        "demandez à un administrateur d’ajouter son prix sous Budget.",
    ),
    "ask_open": final(
        409,
        "You have already asked for more in this period. The administrator has been told.",
        "Vous avez déjà demandé un supplément pour cette période. L’administrateur est prévenu.",
    ),
    "ask_answered": final(
        409,
        "This request has already been answered.",
        "Cette demande a déjà reçu une réponse.",
    ),
    "ask_over": final(
        409,
        "The period this request was for is over: nothing can be granted in it any more.",
        "La période de cette demande est terminée : plus rien ne peut y être accordé.",
    ),
    "forbidden": final(
        403,
        "Only an administrator may do this.",
        "Seul un administrateur peut faire cela.",
    ),
    # what Claude's side says
    "upstream_cut": passing(
        502,
        "The answer broke off. What had arrived is kept; you can ask again.",
        "La réponse s’est interrompue. Ce qui était arrivé est conservé ; vous pouvez redemander.",
    ),
    "upstream_overloaded": passing(
        529,
        "Claude is overloaded right now. Your question is kept; try again in a moment.",
        "Claude est surchargé en ce moment. Votre question est conservée ; réessayez dans un "
        "instant.",
    ),
    "upstream_rate_limited": passing(
        429,
        "Claude’s rate limit is reached. Your question is kept; try again later.",
        "La limite de débit de Claude est atteinte. Votre question est conservée ; réessayez plus "
        "tard.",
    ),
    "upstream_spend_limit": final(
        429,
        "The provider’s monthly spending limit is reached. The administrator can raise it there.",
        "La limite mensuelle de dépense chez le fournisseur est atteinte. L’administrateur peut "
        "l’y relever.",
    ),
    "upstream_key": final(
        502,  # not 401, which would say that the person's own session has ended
        "The API key is not accepted. The administrator must check ANTHROPIC_API_KEY.",
        "La clé d’API n’est pas acceptée. L’administrateur doit vérifier ANTHROPIC_API_KEY.",
    ),
    "upstream_credit": final(
        400,
        "The provider’s credit is used up. The administrator can top it up there.",
        "Le crédit chez le fournisseur est épuisé. L’administrateur peut le recharger.",
    ),
    "upstream_model": final(
        404,
        "The model {model} is not known to the provider. Choose another one.",
        "Le modèle {model} n’est pas connu du fournisseur. Choisissez-en un autre.",
    ),
    "upstream_rejected": final(
        400,
        "Claude’s API did not accept the request: {reason}",
        "L’API de Claude n’a pas accepté la requête : {reason}",
    ),
    "upstream_unreachable": passing(
        503,
        "Claude cannot be reached. Your question is kept; check the network and try again.",
        "Claude est injoignable. Votre question est conservée ; vérifiez le réseau et réessayez.",
    ),
    "upstream_failed": passing(
        502,
        "Claude’s API failed ({status}). Your question is kept; try again in a moment.",
        "L’API de Claude a échoué ({status}). Votre question est conservée ; réessayez dans un "
        "instant.",
    ),
    "upstream_silent": passing(
        504,
        "Claude sent nothing for {seconds} s. What had arrived is kept; you can ask again.",
        "Claude n’a rien envoyé pendant {seconds} s. Ce qui était arrivé est conservé ; "
        "vous pouvez redemander.",
    ),
}

"""What a question is about: its language, its topic and its telling words."""

import re
from dataclasses import dataclass

_LONGEST_TOPIC = 70
_MARKDOWN = re.compile(r"[`|*<>#\[\]\\~]|https?://\S+|_(?=\W|$)|(?<!\w)_")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_SENTENCE_END = re.compile(r"[\n?!]|[.:;](?:\s|$)")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FRENCH_WORDS = _words(
    "le la les des une est sont que qui quoi quel quelle quels quelles comment pourquoi combien où"
    " je tu il elle nous vous mon ma mes ton ta votre avec pour dans sur sans chez du au aux et ou"
    " mais donc bonjour salut bonsoir merci oui non écris explique donne fais faire peux peut"
    " pouvez puis-je aide raconte fonctionne marche ça cela cette ces l'outil"
)
_ENGLISH_WORDS = _words(
    "the a an is are was were what how why who when where which i you he she we they my your with"
    " for in on of to and or but do does did can could would should hello hi hey thanks please yes"
    " no write explain give make tell help use this that these those it"
)
_COMMON = (
    _FRENCH_WORDS
    | _ENGLISH_WORDS
    | _words(
        "about between without from into there their then than have has more most some avec entre"
        " être avoir plus moins tout tous toute très bien aussi même comme leur leurs décris"
        " montre compare liste list describe show summarize difference différence tool outil"
        " est-ce work works happens aider m'aider"
        " moi-même explique-moi donne-moi fais-moi parle-moi code table tableau"
        " expliquez expliquez-moi comparez écrivez écrivez-moi racontez racontez-moi parlez-moi"
        " donnez donnez-moi montrez montrez-moi faites faites-moi décrivez rédigez résumez"
        " aidez-moi"
    )
)

_LEADS = {
    "en": re.compile(
        r"(?:please|hi|hello|hey|ok|so|and|(?:can|could|would|will) you|i(?: would|'d)? "
        r"(?:want|like)(?: to)?|help me(?: to)?|tell me|explain|describe|summari[sz]e|write|give|"
        r"show|list|compare|what(?:'s|’s)?|who|how(?: to)?|why|when|where|which|is|are|was|were|"
        r"do|does|did|can|should|about|to|me|i|we|you|a|an|the|of)\b[\s,:.-]*",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"(?:s['’]il (?:te|vous) pla[iî]t|bonjour|bonsoir|salut|et|alors|(?:peux|pourrais)-tu|"
        r"(?:pouvez|pourriez)-vous|(?:explique|décri|dis|écri|rédige|raconte|donne|montre|parle|aide)"
        r"\w*(?:-(?:moi|nous))?|fais(?:-moi)?|compare\w*|liste\w*|résume\w*|"
        r"qu['’]est[- ]ce qu(?:e c['’]est que|e|['’])|c['’]est quoi|est-ce qu(?:e|['’])|"
        r"quel(?:le)?s? (?:est|sont)|que|quoi|qui|comment|pourquoi|combien|quand|où|"
        r"fonctionne(?:nt)?|marche(?:nt)?|est|sont|faire|faut-il|puis-je|je|on|à propos de|sur|moi|"
        r"un|une|le|la|les|des|du|de)(?!\w)[\s,:.-]*|(?:l|d|qu)['’]",
        re.IGNORECASE,
    ),
}
_TAILS = re.compile(
    r"\s+(?:works?|happens?|means?|for me|please|fonctionnent?|marchent?|s['’]il (?:te|vous)"
    r" pla[iî]t|merci|pour moi)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Topic:
    """`language` is `fr` or `en`; `phrase` may be empty; `words` are at most three."""

    language: str
    phrase: str
    words: tuple[str, ...]


def read(question: str) -> Topic:
    """The topic of a question, with everything removed that Markdown would take for its own."""
    clean = _MARKDOWN.sub("", question).strip()
    language = "fr" if _is_french(clean) else "en"
    phrase = _phrase(clean, _LEADS[language])
    return Topic(language, phrase, _telling_words(clean, phrase))


def _is_french(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text[:2_000])]
    accents = len(re.findall(r"[éèêàùçôîœ]", text[:2_000].lower()))
    elided = len(re.findall(r"\b(?:l|d|qu|j|n|c|s)['’](?=\w\w)", text[:2_000].lower()))
    french = sum(word in _FRENCH_WORDS for word in words) + accents + elided
    return french > sum(word in _ENGLISH_WORDS for word in words)


def _phrase(text: str, lead: re.Pattern[str]) -> str:
    sentences = (part.strip() for part in _SENTENCE_END.split(text))
    sentence = next((part for part in sentences if _WORD.search(part)), "")[:400]
    rest = sentence
    while found := lead.match(rest):
        rest = rest[found.end() :]
    rest = _TAILS.sub("", rest.strip(" .,;:-\"“”«»'")) or sentence
    return _shorten(re.sub(r"\s+", " ", rest))


def _shorten(phrase: str) -> str:
    if len(phrase) <= _LONGEST_TOPIC:
        return phrase
    return phrase[:_LONGEST_TOPIC].rsplit(" ", 1)[0] + "…"


def _telling_words(text: str, phrase: str) -> tuple[str, ...]:
    """Names keep their capitals; a word that is the whole topic tells nothing more."""
    found: dict[str, str] = {}
    first = _WORD.search(text)
    for match in _WORD.finditer(text[:2_000]):
        word = re.sub(r"^\w{1,2}['’]", "", match[0]).strip("’'-")
        starts = first is not None and match.start() == first.start()
        long_enough = len(word) > 3 or (word.isupper() and len(word) > 1)  # noqa: PLR2004
        if long_enough and word.lower() not in _COMMON | {phrase.lower()}:
            found.setdefault(word.lower(), word.lower() if starts and word.istitle() else word)
    return tuple(found.values())[:3]

"""The simulator's French; `_typeset` makes the spaces before ; : ? ! and in « » non-breaking."""

import re
from dataclasses import fields

from server.simulator.phrases import Phrases

_BREAKABLE = re.compile(r" (?=[:;?!»])|(?<=«) ")

_PLAIN = Phrases(
    openings=(
        (
            "En bref, sur **{topic}** : c’est plus simple qu’il n’y paraît, dès que l’on distingue"
            " {a} et {b}."
        ),
        "Prenons **{topic}** étape par étape, en commençant par {a}, car le reste en découle.",
        (
            "Il y a deux façons honnêtes d’aborder **{topic}** : du côté de {a}, puis du côté de"
            " {b}. Les deux méritent une minute."
        ),
        (
            "Bonne question. L’essentiel sur **{topic}** tient en une page, et cette page commence"
            " par {a}."
        ),
        "**{topic}** se comprend mieux par l’exemple : voici d’abord l’idée, ensuite le détail.",
    ),
    follow_up="Vous m’aviez interrogé sur *{earlier}* ; ceci en est la suite.",
    paragraphs=(
        (
            "Commencez par {a}. Tant que son rôle n’est pas clair, chaque détail paraît plus"
            " important qu’il ne l’est, et le temps passe au mauvais endroit."
        ),
        (
            "En pratique, {b} décide de l’effort nécessaire. Quand on le sait dès le départ, les"
            " choix qui restent sont petits et peuvent être repris sans regret."
        ),
        (
            "Une erreur fréquente consiste à confondre {a} et {c}. Ils répondent à des besoins"
            " différents, et les séparer rend chacun plus facile à vérifier."
        ),
        (
            "Notez ce qui vous donnerait tort. Si {b} se comporte autrement que prévu, c’est une"
            " information, pas une gêne."
        ),
        (
            "Le compromis est classique : la version simple de « {topic} » couvre la plupart des"
            " cas, et la version soignée demande plus d’attention qu’on ne le croit d’abord."
        ),
        (
            "Mesurez avant d’améliorer. Un chiffre sur {c}, même approximatif, tranche des débats"
            " que les opinions sur {a} ne trancheront jamais."
        ),
        (
            "Rien de tout cela n’exige de matériel particulier. Une heure tranquille, un carnet et"
            " un cas réel de {b} suffisent pour voir si l’explication tient."
        ),
        (
            "Si d’autres personnes sont concernées, mettez-vous d’accord sur le sens de {a}. La"
            " moitié des désaccords sur « {topic} » ne portent que sur des mots."
        ),
        (
            "Une fois la première version en marche, laissez-la reposer un jour. Les défauts de {c}"
            " sautent aux yeux de qui a dormi."
        ),
    ),
    headings=(
        "Sur quoi cela repose",
        "Comment s’y prendre",
        "Ce qu’il faut surveiller",
        "De plus près : {a}",
        "Le rôle de {b}",
        "Dans la vie de tous les jours",
        "Où intervient {c}",
    ),
    list_intros=(
        "Les points qui comptent le plus :",
        "Un ordre praticable :",
        "Avant d’aller plus loin, vérifiez ceci :",
    ),
    items=(
        "**Nommez le but.** Dites en une phrase ce que « {topic} » doit vous apporter.",
        "**Regardez d’abord {a}.** Tout le reste en dépend.",
        "**Gardez {b} petit.** Ce qui est petit se remplace.",
        "**Notez ce que vous trouvez.** Vous en aurez besoin quand {c} changera.",
        "**Demandez à quelqu’un qui l’a fait.** Dix minutes épargnent une journée.",
        "**Essayez une chose à la fois.** Sinon, personne ne sait ce qui a aidé.",
        "**Gardez une sortie.** On commence plus volontiers quand on peut revenir.",
        "**Arrêtez quand c’est assez bien.** La fin de « {topic} » rapporte rarement.",
    ),
    table_intro="Côte à côte :",
    table_head=("Aspect", "Ce que cela change", "Effort"),
    table_rows=(
        ("{a}", "la direction de tout ce qui suit", "faible"),
        ("{b}", "la fiabilité du résultat", "moyen"),
        ("{c}", "le confort au quotidien", "moyen"),
        ("Préparation", "le nombre de surprises", "faible"),
        ("Relecture", "la taille des erreurs", "élevé"),
    ),
    code_intro="La même idée en quelques lignes de code :",
    code_comment="Une esquisse sur « {topic} », par le simulateur",
    closing="*Cette réponse vient du simulateur. Aucun vrai Claude n’a été appelé, et rien n’a été"
    " dépensé.*",
    thoughts=(
        "La question porte sur « {topic} ».",
        "Le plus important semble être {a}, puis la façon dont {b} s’y rattache.",
        (
            "Je dois dire ce qui est sûr, signaler ce qui ne l’est pas, et donner un exemple"
            " concret avec {c}."
        ),
        (
            "Une structure courte aidera : l’idée d’abord, puis une liste ou un tableau, puis ce"
            " qu’il faut surveiller."
        ),
    ),
    tool_calling="Je vais utiliser `{tool}` pour cela.",
    tool_answered="L’outil `{tool}` a répondu :",
    tool_failed="L’outil `{tool}` a signalé une erreur :",
    tool_empty="(rien)",
    greeting="Bonjour ! Je suis le **simulateur** : je remplace Claude là où aucune clé n’est"
    " configurée.\n\n"
    "Posez-moi n’importe quelle question : vous recevrez une réponse vraisemblable autour de vos"
    " propres mots, en Markdown, à la vitesse d’une vraie. Ce que je dis est fait de phrases"
    " préparées : cela montre comment l’application se comporte, cela n’informe pas.\n\n"
    "Vous pouvez aussi me demander de mal me conduire :\n\n"
    "- `!sim long words=2000` donne une longue réponse\n"
    "- `!sim 529` est surchargé\n"
    "- `!sim cut after=20` s’interrompt au milieu\n"
    "- `!sim slow first=5` prend son temps\n"
    "- `!sim refusal` refuse\n"
    "- `!sim thinking` réfléchit d’abord à voix haute",
    no_topic="le simulateur",
    no_words=("*principe*", "*pratique*", "*limite*"),
)


def _typeset(value: object) -> object:
    """The same text, or the same tuple of texts, with French spaces."""
    if isinstance(value, str):
        return _BREAKABLE.sub("\u00a0", value)
    return tuple(_typeset(part) for part in value) if isinstance(value, tuple) else value


FRENCH = Phrases(**{f.name: _typeset(getattr(_PLAIN, f.name)) for f in fields(_PLAIN)})  # type: ignore[arg-type]

"""What the answers read like."""

import re

import pytest

from server.simulator import topic
from server.simulator.prose import Writer

from .asking import Person, text_of, user

QUESTIONS = [
    "How does photosynthesis work?",
    "Explique-moi la différence entre TCP et UDP",
    "Qu'est-ce que l'entropie ?",
    "Can you write a Python function that sorts names?",
    "compare Vue and React in a table",
]


def written(question: str, seed: bytes = b"seed") -> str:
    """The answer of a writer, without a server."""
    return Writer(question, topic.read(question), seed).answer("")


@pytest.mark.parametrize(
    ("question", "language", "phrase"),
    [
        ("How does photosynthesis work?", "en", "photosynthesis"),
        ("What is the capital of France?", "en", "capital of France"),
        ("Comment fonctionne un moteur diesel ?", "fr", "moteur diesel"),
        ("Qu'est-ce que l'entropie ?", "fr", "entropie"),
        ("Quelle est la recette de la ratatouille ?", "fr", "recette de la ratatouille"),
        ("", "en", ""),
    ],
)
def test_the_topic_of_a_question(question: str, language: str, phrase: str) -> None:
    """The language and the topic are taken from the person's own words."""
    found = topic.read(question)
    assert (found.language, found.phrase) == (language, phrase)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("seed", [b"a", b"b", b"c", b"d"])
def test_an_answer_is_rich_markdown_about_the_question(question: str, seed: bytes) -> None:
    """A few hundred words with headings and a list, about the topic, saying who speaks."""
    text = written(question, seed)
    found = topic.read(question)
    assert f"**{found.phrase}**" in text
    assert 180 < len(text.split()) < 500
    assert re.search(r"^(-|1\.) \*\*", text, re.MULTILINE)
    assert re.search(r"^## ", text, re.MULTILINE)
    assert text.count("```") in {0, 2}
    last = text.splitlines()[-1]
    assert ("simulateur" if found.language == "fr" else "simulator") in last
    assert "Claude" in last


def test_what_is_asked_for_is_there() -> None:
    """A question for code gets code in its language, one for a table a table."""
    assert "```python\n" in written("Can you write a Python function that sorts names?")
    assert "```sql\n" in written("Give me an SQL query about rivers")
    assert "| :--- |" in written("compare Vue and React in a table")


def test_french_has_its_spaces() -> None:
    """No breaking space stands before ; : ? ! or inside guillemets in a French answer."""
    texts = [written("Qu'est-ce que l'entropie ?", bytes([n])) for n in range(20)]
    prose = re.sub(r"```.*?```|\| :-.*", "", "\n".join(texts), flags=re.DOTALL)
    assert "\u00a0:" in prose
    assert not re.search(r" [;:?!»]|« ", prose)


@pytest.mark.parametrize("greeting", ["Hello!", "bonjour", "Aide"])
def test_a_greeting_explains_the_simulator(greeting: str) -> None:
    """Somebody who just says hello learns what this is and what can be asked of it."""
    assert "!sim 529" in written(greeting)


def test_markdown_in_the_question_stays_outside() -> None:
    """Nothing in a question can break the answer's own Markdown."""
    text = written("Explain `a|b` **bold** <script> [x](y) # z_\n```js")
    assert "<script>" not in text
    assert all(line.count("|") == 4 for line in text.splitlines() if line.startswith("|"))
    assert text.count("```") in {0, 2}


@pytest.mark.asyncio
async def test_a_follow_up_remembers_the_question_before(person: Person) -> None:
    """The second answer in a conversation names the topic of the first."""
    messages = [
        user("How does photosynthesis work?"),
        {"role": "assistant", "content": "So."},
        user("Why do leaves turn red?"),
    ]
    assert "*photosynthesis*" in text_of(await person.asks("", messages=messages))


@pytest.mark.asyncio
async def test_a_directive_is_not_part_of_the_question(person: Person) -> None:
    """The same question has the same answer with a directive that only sets the pace."""
    plain = await person.asks("Why do leaves turn red?")
    fast = await person.asks("Why do leaves turn red? !sim fast")
    assert text_of(plain) == text_of(fast)

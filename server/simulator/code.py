"""The code in an answer: a few lines in the language that the question hints at."""

import re
import unicodedata

_HINTS = (
    ("javascript", r"javascript|\bjs\b|node|vue|react|navigateur|browser"),
    ("typescript", r"typescript|\bts\b"),
    ("sql", r"\bsql\b|database|base de données|sqlite|postgres"),
    ("bash", r"\bbash\b|shell|terminal|linux|raspberry|ssh"),
    ("rust", r"\brust\b"),
    ("html", r"\bhtml\b|page web|web page"),
    ("yaml", r"\byaml\b|docker|kubernetes"),
    ("python", r"python|code|script|fonction|function|program"),
)
_TEMPLATES = {
    "python": "# {note}\ndef {name}(values: list[float], limit: float = 1.0) -> list[float]:\n"
    '    """Keep what lies below the limit, in order."""\n'
    "    kept = [value for value in values if value < limit]\n    return sorted(kept)\n\n\n"
    'if __name__ == "__main__":\n    print({name}([0.2, 1.5, 0.7]))  # [0.2, 0.7]',
    "javascript": "// {note}\nexport function {name}(values, limit = 1) {{\n"
    "  return values\n    .filter((value) => value < limit)\n    .sort((a, b) => a - b)\n}}\n\n"
    "console.log({name}([0.2, 1.5, 0.7])) // [0.2, 0.7]",
    "typescript": "// {note}\nexport function {name}(values: number[], limit = 1): number[] {{\n"
    "  return values.filter((value) => value < limit).sort((a, b) => a - b)\n}}",
    "sql": "-- {note}\nSELECT name, count(*) AS total\nFROM {name}\n"
    "WHERE created_at >= '2026-01-01'\nGROUP BY name\nORDER BY total DESC\nLIMIT 10;",
    "bash": "#!/usr/bin/env bash\n# {note}\nset -euo pipefail\n\n"
    'for file in "${{1:-.}}"/{name}*; do\n'
    '  printf \'%s\\t%s\\n\' "$(stat -c %s "$file")" "$file"\ndone | sort -n',
    "rust": "// {note}\nfn {name}(values: &[f64], limit: f64) -> Vec<f64> {{\n"
    "    values.iter().copied().filter(|value| *value < limit).collect()\n}}",
    "html": '<!-- {note} -->\n<section id="{name}">\n  <h2>{name}</h2>\n'
    "  <p>One idea, one paragraph.</p>\n</section>",
    "yaml": "# {note}\n{name}:\n  enabled: true\n  limit: 10\n  tags: [small, clear]",
}


def wanted(question: str) -> bool:
    """Whether the question asks for code."""
    return any(re.search(hint, question, re.IGNORECASE) for _, hint in _HINTS)


def block(question: str, note: str, words: tuple[str, ...]) -> str:
    """A fenced block with its language."""
    found = (name for name, hint in _HINTS if re.search(hint, question, re.IGNORECASE))
    language = next(found, "python")
    source = _TEMPLATES[language].format(note=note, name=_identifier(words))
    return f"```{language}\n{source}\n```"


def _identifier(words: tuple[str, ...]) -> str:
    plain = unicodedata.normalize("NFKD", "_".join(words[:2])).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain).strip("_").lower() or "example"

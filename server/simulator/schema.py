"""Arguments for a tool, made from its JSON Schema and from what the question says."""

import re
from typing import Any

from server.simulator.ask import Json

_DEEPEST = 6
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"[\"“«`]\s*([^\"”»`]{1,200}?)\s*[\"”»`]")
_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class Arguments:
    """Hands out the question's numbers and quoted words in order, then plain defaults."""

    def __init__(self, question: str, topic: str) -> None:
        self._numbers = [float(number) for number in _NUMBER.findall(question)]
        self._quoted = _QUOTED.findall(question)
        self._topic = topic

    def build(self, schema: Json) -> Json:
        """An object that satisfies the schema's types, its required properties filled in."""
        value = self._value(schema, schema, 0)
        return value if isinstance(value, dict) else {}

    def _value(self, schema: Json, root: Json, depth: int) -> Any:  # noqa: ANN401 - any JSON
        schema = _resolve(schema, root)
        for key in ("const", "default"):
            if key in schema:
                return schema[key]
        for key in ("enum", "examples"):
            if schema.get(key):
                return schema[key][0]
        return self._typed(schema, root, depth)

    def _typed(self, schema: Json, root: Json, depth: int) -> Any:  # noqa: ANN401 - any JSON
        kind = _kind(schema)
        if kind in {"object", "array"}:
            return self._container(kind, schema, root, depth)
        if kind in {"integer", "number"}:
            return self._number(schema, whole=kind == "integer")
        if kind == "boolean":
            return True
        return None if kind == "null" else self._text(schema)

    def _container(self, kind: str, schema: Json, root: Json, depth: int) -> Any:  # noqa: ANN401
        if kind == "array":
            size = int(schema.get("minItems", 1)) if depth < _DEEPEST else 0
            return [self._value(schema.get("items") or {}, root, depth + 1) for _ in range(size)]
        properties = schema.get("properties") or {}
        wanted = schema.get("required", list(properties)[:1])
        if depth >= _DEEPEST:
            return {}
        return {name: self._value(properties.get(name) or {}, root, depth + 1) for name in wanted}

    def _number(self, schema: Json, *, whole: bool) -> int | float:
        value = self._numbers.pop(0) if self._numbers else float(schema.get("minimum", 1))
        value = max(value, float(schema.get("minimum", value)))
        value = min(value, float(schema.get("maximum", value)))
        return int(value) if whole or value.is_integer() else value

    def _text(self, schema: Json) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        text = str(self._quoted.pop(0) if self._quoted else self._topic)
        text = text.ljust(int(schema.get("minLength", 0)), ".")
        return text[: int(schema.get("maxLength", len(text)))]


def _kind(schema: Json) -> str:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    return str(kind)


def _resolve(schema: Json, root: Json) -> Json:
    for _ in range(_DEEPEST):
        options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if "$ref" in schema:
            schema = _pointed(str(schema["$ref"]), root)
        elif options:
            schema = next((o for o in options if o.get("type") != "null"), options[0])
        else:
            break
    return schema


def _pointed(reference: str, root: Json) -> Json:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}

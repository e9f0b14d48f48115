"""Reading the two kinds of files that settings come from. What cannot be read is a StartError."""

from pathlib import Path
from typing import Any

import yaml

from server.core.errors import StartError


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines; comments, blank lines, `export` and one pair of quotes are understood.

    An absent file holds nothing. A line of another form is told by its number only: its text may
    be a secret.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(_read_text(path).splitlines() if path.exists() else (), 1):
        text = line.strip().removeprefix("export ").lstrip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise StartError(f"{path}, line {number}: expected NAME=value.")
        found[name.strip()] = _unquote(value.strip())
    return found


def read_yaml(path: Path) -> dict[str, Any]:
    """The sections of a YAML file; an empty one has none."""
    try:
        content = yaml.safe_load(_read_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise StartError(f"{path}{where}: this is not valid YAML.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StartError(f"{path}: expected sections such as `server:`.")
    return content


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StartError(f"The file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise StartError(f"The file {path} cannot be read: it is not UTF-8 text.") from None

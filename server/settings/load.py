"""From all sources to one frozen `Settings`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from server.core.errors import StartError
from server.resources import resource

from .files import read_env_file, read_yaml
from .model import Section, Settings, Texts

PREFIX: Final = "CLAUDE_RASP_"
CONFIG_VARIABLE: Final = "CLAUDE_RASP_CONFIG"
LOCAL_FILE: Final = Path("config", "local.yaml")

SHORT_NAMES: Final[dict[str, tuple[str, str]]] = {
    "CLAUDE_RASP_HOST": ("server", "host"),
    "CLAUDE_RASP_PORT": ("server", "port"),
    "CLAUDE_RASP_DATA": ("server", "data"),
    "CLAUDE_RASP_ADMIN_USER": ("identity", "admin_user"),
    "CLAUDE_RASP_ADMIN_PASSWORD": ("identity", "admin_password"),
    "CLAUDE_RASP_RATE_PER_MINUTE": ("chat", "rate_per_minute"),
    "CLAUDE_API_KEY": ("claude", "api_key"),
    "ANTHROPIC_API_KEY": ("claude", "api_key"),
    "ANTHROPIC_ADMIN_KEY": ("claude", "admin_key"),
    "ANTHROPIC_BASE_URL": ("claude", "base_url"),
    "CLAUDE_MODEL": ("claude", "model"),
    "CLAUDE_MAX_TOKENS": ("claude", "max_tokens"),
}
"""Where two variables name the same setting, the one that is later here wins."""

NOT_SETTINGS: Final = frozenset(
    {
        CONFIG_VARIABLE,
        "CLAUDE_RASP_DEV_SERVER",
        "CLAUDE_RASP_RECORDINGS",
        "CLAUDE_RASP_SCREENSHOTS",
        "CLAUDE_RASP_SEED",
        "CLAUDE_RASP_TURNS",
    }
)
"""Variables with our prefix that others read: where the file is, what tools and tests use."""

DIGITS_MAX: Final = 18
"""A longer number is no setting's; Python refuses to read one of thousands."""

Place = tuple[str, str]
"""A section and the name of a setting in it."""


def load_settings(
    environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Settings:
    """Read all sources, as seen from `folder` (by default the working folder).

    Raises StartError with one line when something is wrong. Environment goes before .env, that
    before the user's file, that before the defaults. A variable that is empty is not set.
    """
    here = folder or Path.cwd()
    variables = {**read_env_file(here / ".env"), **environment}
    values = read_yaml(resource("config/default.yaml"))
    origins: dict[Place, str] = {}
    for path in _user_files(variables, here):
        _take_file(values, origins, path)
    _take_variables(values, origins, variables)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise StartError(_explain(error, values, origins)) from None


def known_variables() -> dict[str, Place]:
    """Every variable that is a setting: CLAUDE_RASP_<SECTION>_<NAME>, then the short names."""
    mechanical = {
        f"{PREFIX}{section}_{name}".upper(): (section, name)
        for section in Settings.model_fields
        for name in section_model(section).model_fields
    }
    return mechanical | SHORT_NAMES


def section_model(section: str) -> type[Section]:
    """The model of a section."""
    model = Settings.model_fields[section].annotation
    if not isinstance(model, type) or not issubclass(model, Section):
        raise TypeError(section)
    return model


def _user_files(variables: Mapping[str, str], here: Path) -> list[Path]:
    """The file the variable names, which must exist; else config/local.yaml if there is one."""
    if named := variables.get(CONFIG_VARIABLE):
        return [here / named]
    return [path] if (path := here / LOCAL_FILE).exists() else []


def _take_file(values: dict[str, Any], origins: dict[Place, str], path: Path) -> None:
    for section, content in read_yaml(path).items():
        if section not in values:
            raise StartError(f"{path}: {section} is not a section. {_allowed(values)}")
        if not isinstance(content, dict):
            raise StartError(f"{path}: {section} must hold lines such as `name: value`.")
        for name, value in content.items():
            if name not in values[section]:
                known = _allowed(values[section])
                raise StartError(f"{path}: {section}.{name} is not a setting. {known}")
            values[section][name] = value
            origins[section, name] = f"{path}: {section}.{name}"


def _take_variables(
    values: dict[str, Any], origins: dict[Place, str], variables: Mapping[str, str]
) -> None:
    known = known_variables()
    for variable in sorted(variables):
        if variable.startswith(PREFIX) and variable not in known.keys() | NOT_SETTINGS:
            raise StartError(f"{variable} is not a setting. config/default.yaml lists all of them.")
    for variable, (section, name) in known.items():
        if text := variables.get(variable):
            values[section][name] = _from_text(_annotation(section, name), text)
            origins[section, name] = variable


def _annotation(section: str, name: str) -> object:
    return section_model(section).model_fields[name].annotation


def _from_text(annotation: object, text: str) -> object:
    """What a variable's text stands for; text that does not fit is left for the model to refuse."""
    if annotation == Texts.__origin__:  # type: ignore[attr-defined]  # what Annotated wraps
        return [part.strip() for part in text.split(",") if part.strip()]
    whole = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if annotation is int and whole else text


def _explain(error: ValidationError, values: dict[str, Any], origins: dict[Place, str]) -> str:
    """One line: which setting, what was given (not for secrets), what is allowed."""
    first = error.errors()[0]
    section, name = str(first["loc"][0]), str(first["loc"][1])
    origin = origins.get((section, name), f"{section}.{name}")
    secret = "SecretStr" in str(_annotation(section, name))
    given = "what was given" if secret else repr(values[section][name])
    allowed = first["msg"].removeprefix("Value error, ")
    return f"{origin}: {given} is not allowed; {allowed[0].lower()}{allowed[1:]}."


def _allowed(names: Mapping[str, object]) -> str:
    return f"Allowed: {', '.join(names)}."

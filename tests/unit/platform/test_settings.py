"""Where settings come from, which source wins, and how a wrong one is told."""

import re
from pathlib import Path

import pytest
import yaml

from server.core.errors import StartError
from server.resources import resource
from server.settings import Settings, load_settings
from server.settings.load import SHORT_NAMES, known_variables, section_model

ROOT = Path(__file__).parents[3]
DEFAULTS = resource("config/default.yaml")


def local(folder: Path, text: str) -> Path:
    """A user's file in `folder`."""
    path = folder / "config" / "local.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, environment: dict[str, str] | None = None) -> str:
    """Why these settings are refused: one line."""
    with pytest.raises(StartError) as refused:
        load_settings(environment or {}, folder)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_the_defaults_hold_without_any_source(tmp_path: Path) -> None:
    """An instance starts on loopback with nothing configured."""
    settings = load_settings({}, tmp_path)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.server.data == Path("storage")
    assert settings.claude.api_key is None


def test_settings_are_frozen(tmp_path: Path) -> None:
    """Nobody changes a setting while the server runs."""
    settings = load_settings({}, tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]  # what is tried here


def test_the_environment_goes_before_env_file_before_users_file(tmp_path: Path) -> None:
    """The nearer source wins, setting by setting."""
    local(tmp_path, "server: {port: 1, name: file}\nlog: {level: debug}\n")
    (tmp_path / ".env").write_text("CLAUDE_RASP_PORT=2\nCLAUDE_RASP_SERVER_NAME=dotenv\n")
    settings = load_settings({"CLAUDE_RASP_PORT": "3"}, tmp_path)
    assert (settings.server.port, settings.server.name, settings.log.level) == (
        3,
        "dotenv",
        "debug",
    )


def test_a_named_file_replaces_the_local_one(tmp_path: Path) -> None:
    """CLAUDE_RASP_CONFIG says which file counts."""
    local(tmp_path, "server: {port: 1}\n")
    (tmp_path / "other.yaml").write_text("server: {name: other}\n")
    settings = load_settings({"CLAUDE_RASP_CONFIG": "other.yaml"}, tmp_path)
    assert (settings.server.port, settings.server.name) == (8080, "other")


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    """A file that was asked for and is missing is told, not skipped."""
    assert "nope.yaml" in refusal(tmp_path, {"CLAUDE_RASP_CONFIG": "nope.yaml"})


def test_every_setting_can_be_given_in_the_environment(tmp_path: Path) -> None:
    """CLAUDE_RASP_<SECTION>_<NAME> reaches every setting, and its default fits through it."""
    values = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    environment = {}
    for variable, (section, name) in known_variables().items():
        value = values[section][name]
        if value is not None:
            text = ",".join(value) if isinstance(value, list) else str(value)
            environment[variable] = text
    assert load_settings(environment, tmp_path) == load_settings({}, tmp_path)


def test_lists_are_comma_separated_in_the_environment(tmp_path: Path) -> None:
    """Spaces around the commas do not count."""
    settings = load_settings({"CLAUDE_RASP_SERVER_ALLOWED_HOSTS": "a.lan, b.lan"}, tmp_path)
    assert settings.server.allowed_hosts == ("a.lan", "b.lan")


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    """Compose files and unit files often leave one empty."""
    assert load_settings({"ANTHROPIC_API_KEY": ""}, tmp_path).claude.api_key is None


def test_both_names_of_the_key_work_and_the_official_one_wins(tmp_path: Path) -> None:
    """CLAUDE_API_KEY is taken where ANTHROPIC_API_KEY is not set."""
    one = load_settings({"CLAUDE_API_KEY": "sk-1"}, tmp_path).claude.api_key
    both = {"ANTHROPIC_API_KEY": "sk-2", "CLAUDE_API_KEY": "sk-1"}
    two = load_settings(both, tmp_path).claude.api_key
    assert one is not None
    assert two is not None
    assert (one.get_secret_value(), two.get_secret_value()) == ("sk-1", "sk-2")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Printing or logging the settings shows no secret."""
    secret = "sk-ant-very-secret"
    settings = load_settings(
        {"ANTHROPIC_API_KEY": secret, "CLAUDE_RASP_ADMIN_PASSWORD": secret}, tmp_path
    )
    assert secret not in repr(settings)
    assert secret not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("environment", "parts"),
    [
        ({"CLAUDE_RASP_PORT": "eighty"}, ("CLAUDE_RASP_PORT", "'eighty'", "integer")),
        ({"CLAUDE_RASP_PORT": "70000"}, ("CLAUDE_RASP_PORT", "70000", "65535")),
        ({"CLAUDE_RASP_PORT": "-1"}, ("CLAUDE_RASP_PORT", "'-1'")),
        ({"CLAUDE_RASP_PROT": "1"}, ("CLAUDE_RASP_PROT", "config/default.yaml")),
        ({"ANTHROPIC_BASE_URL": "ftp://x"}, ("ANTHROPIC_BASE_URL", "http://")),
        ({"CLAUDE_RASP_SERVER_LANGUAGE": "de"}, ("LANGUAGE", "'fr' or 'en'")),
        ({"CLAUDE_RASP_LOG_LEVEL": "loud"}, ("LOG_LEVEL", "'loud'", "'debug'")),
    ],
)
def test_a_wrong_variable_is_told_in_one_line(
    tmp_path: Path, environment: dict[str, str], parts: tuple[str, ...]
) -> None:
    """Its name, what was given, what is allowed."""
    line = refusal(tmp_path, environment)
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("server: {port: '8080'}", ("server.port", "'8080'", "integer")),
        ("server: {port: true}", ("server.port", "True", "integer")),
        ("server: {prot: 1}", ("server.prot", "Allowed", "port")),
        ("serve: {port: 1}", ("serve is not a section", "server")),
        ("server: 8080", ("server must hold",)),
        ("- a\n- b", ("expected sections",)),
        ("server: {port: 1", ("line 1", "not valid YAML")),
        ("server: {allowed_hosts: localhost}", ("server.allowed_hosts", "'localhost'")),
    ],
)
def test_a_wrong_file_is_told_in_one_line(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    """The file, the setting, what was given, what is allowed."""
    path = local(tmp_path, text)
    line = refusal(tmp_path)
    for part in (str(path), *parts):
        assert part in line


def test_a_wrong_secret_is_not_shown(tmp_path: Path) -> None:
    """A number where a secret belongs is refused without repeating it."""
    local(tmp_path, "identity: {admin_password: 1234567890}")
    line = refusal(tmp_path)
    assert "admin_password" in line
    assert "1234567890" not in line


def test_every_setting_is_explained(tmp_path: Path) -> None:
    """In config/default.yaml a comment stands above each setting, and none is there in vain."""
    text = DEFAULTS.read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    assert values.keys() == Settings.model_fields.keys()
    for section, content in values.items():
        assert content.keys() == section_model(section).model_fields.keys()
        for name in content:
            assert re.search(rf"^  # .+\n  {name}:", text, re.MULTILINE), f"{section}.{name}"
    assert load_settings({}, tmp_path) is not None


def test_every_short_name_is_told() -> None:
    """The shorter names of the environment stand beside their settings."""
    text = DEFAULTS.read_text(encoding="utf-8")
    for variable in SHORT_NAMES:
        assert variable in text


def test_every_setting_has_an_effect() -> None:
    """The program reads each of them."""
    sources = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "server").rglob("*.py")
        if "settings" not in path.parent.name
    ]
    program = "\n".join(sources)
    unused = [
        f"{section}.{name}"
        for section in Settings.model_fields
        for name in section_model(section).model_fields
        if f".{name}" not in program
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        (" A = 1 ", "1"),
        ("A='x # y'", "x # y"),
        ('A="x"', "x"),
        ("A=x # a comment", "x"),
        ("A=a=b", "a=b"),
        ("# c\n\nA=1", "1"),
        ("A=#x", "#x"),
    ],
)
def test_env_file_lines(tmp_path: Path, text: str, value: str) -> None:
    """The usual forms of a line are understood."""
    (tmp_path / ".env").write_text(f"{text}\n".replace("A", "CLAUDE_RASP_SERVER_NAME", 1))
    name = load_settings({}, tmp_path).server.name
    assert name == value


def test_a_broken_env_file_is_told_without_its_text(tmp_path: Path) -> None:
    """The line may hold a secret: only its number is named."""
    (tmp_path / ".env").write_text("A=1\nsk-ant-secret\n")
    line = refusal(tmp_path)
    assert "line 2" in line
    assert "secret" not in line

"""What a log line holds, and what it never does."""

import json
import logging
from pathlib import Path

import pytest

from server.core.errors import StartError
from server.edge.logs import ConsoleFormatter, JsonFormatter, open_log
from server.settings import load_settings


def record(message: str, **extra: object) -> logging.LogRecord:
    """A record as a logger makes it."""
    made = logging.getLogger("server.test").makeRecord(
        "server.test", logging.WARNING, __file__, 1, message, (), None, extra=extra or None
    )
    assert isinstance(made, logging.LogRecord)
    return made


def caught(error: Exception) -> tuple[type[Exception], Exception, None]:
    """An error as the log is handed it."""
    return type(error), error, None


def fail(text: str) -> Exception:
    """An error with a cause that repeats `text`."""
    error = KeyError(text)
    try:
        int(text)
    except ValueError as cause:
        error.__cause__ = cause
    return error


def test_a_line_is_json_with_time_level_and_what_was_passed() -> None:
    """A program can read the log."""
    entry = json.loads(JsonFormatter().format(record("done", request_id="r1", status=204)))
    assert entry["event"] == "done"
    assert entry["level"] == "warning"
    assert entry["logger"] == "server.test"
    assert (entry["request_id"], entry["status"]) == ("r1", 204)
    assert entry["time"].endswith("+00:00")


def test_a_record_is_one_line() -> None:
    """A line break in a text cannot forge an entry."""
    assert "\n" not in JsonFormatter().format(record('a\n{"event": "forged"}'))


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-abc_DEF-123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        'pass"word with quotes',
    ],
)
def test_secrets_are_hidden(secret: str) -> None:
    """Keys and tokens by their form, the settings' secrets by their text."""
    formatter = JsonFormatter(['pass"word with quotes'])
    line = formatter.format(record(f"before {secret} after", extra_fact=f"x={secret}"))
    assert json.dumps(secret)[1:-1] not in line
    assert json.loads(line)["event"] == "before [hidden] after"


def test_the_text_of_an_exception_stays_out() -> None:
    """It may repeat what somebody typed: type and place are told, down to the cause."""
    made = record("unforeseen")
    made.exc_info = caught(fail("what a person wrote"))
    line = JsonFormatter().format(made)
    assert "what a person wrote" not in line
    told = json.loads(line)["exception"]
    assert told[0] == "builtins.KeyError"
    assert "builtins.ValueError" in told
    assert any("test_logs.py" in each and each.endswith(" fail") for each in told)


def test_what_the_system_says_is_told() -> None:
    """Its text holds no input and says what is wrong."""
    made = record("unforeseen")
    made.exc_info = caught(OSError(28, "No space left on device"))
    assert "No space left on device" in JsonFormatter().format(made)


@pytest.mark.parametrize(
    "said",
    [
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('a secret')>",
        'The error response will not be sent for the following exception:"a secret"',
        "Request: GET /a secret stopped.",
    ],
)
def test_a_library_is_not_quoted(said: str) -> None:
    """What others log about a failure may hold its text: it ends where the quoting begins."""
    made = logging.makeLogRecord({"name": "asyncio", "msg": said, "levelno": 40})
    entry = json.loads(JsonFormatter().format(made))
    assert "secret" not in entry["event"]
    assert entry["event"] != ""


def test_a_bearer_token_is_hidden() -> None:
    """Whatever form the token has."""
    assert "opaque" not in JsonFormatter().format(record("Authorization: Bearer opaque-token"))


def test_the_console_speaks_plainly() -> None:
    """One line, no traceback; the kind of the error is named."""
    made = record("the disk is full")
    made.exc_info = caught(OSError())
    assert ConsoleFormatter().format(made) == "warning: the disk is full (OSError)"


def test_a_data_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    """The line names the folder and the variable that changes it."""
    (tmp_path / "file").write_text("")
    settings = load_settings({"CLAUDE_RASP_DATA": str(tmp_path / "file" / "data")}, tmp_path)
    with pytest.raises(StartError, match="CLAUDE_RASP_DATA"):
        open_log(settings)

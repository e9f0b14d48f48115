"""The log: one JSON object a line in a rotated file, warnings in plain words on the console.

No query string, body, header, cookie, message text or key goes in. An exception is told by its type
and where it was raised: its text may repeat what somebody typed, and so may what a library says. At
last every line is looked over: the secrets of the settings, keys and tokens by their form.
"""

import json
import logging
import re
import sqlite3
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from pydantic import SecretStr
from sanic.response import BaseHTTPResponse

from server.core.errors import StartError
from server.settings import Settings

from .request import App, EdgeRequest

FILE_NAME: Final = "claude-rasp.log"
HIDDEN: Final = "[hidden]"
_SECRET_FORMS: Final = re.compile(
    r"sk-ant-[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=Bearer )\S+|(?<=#)[\w-]{32,}"
)
_QUOTE: Final = re.compile(r"[\n\"'<{(\[]|: ")
OUR_LOGGERS: Final = ("server", "py.warnings")
SPEAKING: Final = (OSError, sqlite3.Error, StartError)
"""Exceptions whose text holds no input."""

_OWN_ATTRIBUTES: Final = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "taskName"}
_QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz"})

log = logging.getLogger("server.access")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; what was passed as `extra` stands beside time and text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        extra = vars(record).keys() - _OWN_ATTRIBUTES
        entry.update({name: getattr(record, name) for name in sorted(extra)})
        if record.exc_info and record.exc_info[1]:
            entry["exception"] = describe(record.exc_info[1])
        return self._hide(json.dumps(entry, ensure_ascii=False, default=str))

    def _hide(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(json.dumps(secret, ensure_ascii=False)[1:-1], HIDDEN)
        return _SECRET_FORMS.sub(HIDDEN, line)


class ConsoleFormatter(logging.Formatter):
    """A record in plain words; the file holds the rest."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        kind = f" ({type(error).__name__})" if error else ""
        return f"{record.levelname.lower()}: {_SECRET_FORMS.sub(HIDDEN, _event(record))}{kind}"


def describe(error: BaseException) -> list[str]:
    """Each exception of the chain, the last one first: its type, then where it was raised.

    The text is told only where the operating system or the database engine wrote it.
    """
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None:
        text = f": {current}" if isinstance(current, SPEAKING) else ""
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}{text}")
        frames = traceback.extract_tb(current.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        current = current.__cause__ or current.__context__
    return lines


def _event(record: logging.LogRecord) -> str:
    """What is said: our own text whole, a library's up to where it begins to quote."""
    if record.name.startswith(OUR_LOGGERS):
        return record.getMessage()
    if isinstance(record.msg, BaseException):
        return type(record.msg).__name__
    return _QUOTE.split(record.getMessage(), maxsplit=1)[0].strip()


def open_log(settings: Settings) -> None:
    """Make the data folder's log the log of this process. Raises StartError if it cannot be."""
    folder = settings.server.data / "logs"
    try:
        settings.server.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        handler = _file_handler(folder / FILE_NAME, settings)
    except OSError as error:
        raise StartError(
            f"The data folder {settings.server.data} cannot be written: {error.strerror}. "
            "CLAUDE_RASP_DATA names another one."
        ) from None
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    console.setFormatter(ConsoleFormatter())
    # Other people's libraries are heard from a warning on: below it they log what they transport.
    logging.basicConfig(level=logging.WARNING, handlers=[handler, console], force=True)
    logging.getLogger("server").setLevel(settings.log.level.upper())
    # Sanic logs why it did not start with a traceback; the command line says it in one line.
    logging.getLogger("sanic.error").addFilter(_not_a_refused_start)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a full disk would put a traceback on the console per entry


def _not_a_refused_start(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], StartError))


def _file_handler(path: Path, settings: Settings) -> logging.Handler:
    handler = RotatingFileHandler(
        path,
        maxBytes=settings.log.file_max_bytes,
        backupCount=settings.log.files_kept,
        encoding="utf-8",
    )
    path.chmod(0o600)
    handler.setFormatter(JsonFormatter(_secrets(settings)))
    return handler


def _secrets(settings: Settings) -> list[str]:
    return [
        value.get_secret_value()
        for section in settings.model_fields_set
        for _, value in getattr(settings, section)
        if isinstance(value, SecretStr)
    ]


def install(app: App) -> None:
    """Write an entry for every answered request."""

    async def write(request: EdgeRequest, response: BaseHTTPResponse) -> None:
        principal = getattr(request.ctx, "principal", None)
        route = request.uri_template or ""
        quiet = route in _QUIET_ROUTES or not route.startswith("/api/")
        log.log(
            logging.DEBUG if quiet and response.status < HTTPStatus.BAD_REQUEST else logging.INFO,
            "request",
            extra={
                "request_id": str(request.id),
                "method": request.method,
                "route": route or "(none)",
                "status": response.status,
                "ms": round((perf_counter() - request.began) * 1000, 1),
                "user": str(principal.user) if principal else None,
            },
        )

    app.register_middleware(write, "response")

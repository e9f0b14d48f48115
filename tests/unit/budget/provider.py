"""A stand-in for the provider's Usage & Cost Admin API that answers as its documentation says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

ADMIN_KEY: Final = "sk-ant-admin01-of-the-test"
Json = dict[str, Any]


def tokens(model: str, cents: str, kind: str = "output_tokens") -> Json:
    """Return a cost of tokens, as grouped by description."""
    return {
        "amount": cents,
        "context_window": "0-200k",
        "cost_type": "tokens",
        "currency": "USD",
        "description": f"{model} Usage",
        "model": model,
        "service_tier": "standard",
        "token_type": kind,
        "workspace_id": None,
    }


def apart(cost_type: str, cents: str) -> Json:
    """Return a cost that is not for tokens: it names no model."""
    nothing = dict.fromkeys(("context_window", "model", "service_tier", "token_type"))
    return tokens("", cents) | nothing | {"cost_type": cost_type, "description": cost_type}


def usage(model: str, counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)) -> Json:
    """Return counts by model: input, output, cache read, cache write (1 h), web searches."""
    fresh, output, read, write, searches = counts
    return {
        "uncached_input_tokens": fresh,
        "cache_creation": {"ephemeral_1h_input_tokens": write, "ephemeral_5m_input_tokens": 0},
        "cache_read_input_tokens": read,
        "output_tokens": output,
        "server_tool_use": {"web_search_requests": searches},
        "api_key_id": None,
        "workspace_id": None,
        "model": model,
        "service_tier": None,
        "context_window": None,
    }


@dataclass
class Provider:
    """What it has to say by day, in how many days a page, and what it says in place of it."""

    url: str = ""
    costs: dict[date, list[Json]] = field(default_factory=dict)
    usage: dict[date, list[Json]] = field(default_factory=dict)
    days_a_page: int = 31
    instead: tuple[int, bytes] | None = None
    asked: list[Json] = field(default_factory=list)

    def answer(self, path: str, query: Json, headers: Json) -> tuple[int, bytes]:
        """Answer a request."""
        self.asked.append({"path": path, "headers": headers, **query})
        if self.instead is not None:
            return self.instead
        if (
            headers.get("x-api-key") != ADMIN_KEY
            or headers.get("anthropic-version") != "2023-06-01"
        ):
            return HTTPStatus.UNAUTHORIZED, _error("authentication_error")
        said = {
            "/v1/organizations/cost_report": (self.costs, "description"),
            "/v1/organizations/usage_report/messages": (self.usage, "model"),
        }
        if path not in said or query["group_by[]"] != said[path][1]:
            return HTTPStatus.BAD_REQUEST, _error("invalid_request_error")
        return HTTPStatus.OK, json.dumps(self._page(said[path][0], query)).encode()

    def _page(self, said: dict[date, list[Json]], query: Json) -> Json:
        first, end = (
            datetime.fromisoformat(query[name]).astimezone(UTC).date()
            for name in ("starting_at", "ending_at")
        )
        days = [first + timedelta(days=each) for each in range((end - first).days)]
        skip = int(query.get("page", "page_0").removeprefix("page_"))
        size = min(self.days_a_page, int(query.get("limit", "7")))
        more = skip + size < len(days)
        return {
            "data": [_bucket(day, said.get(day, [])) for day in days[skip : skip + size]],
            "has_more": more,
            "next_page": f"page_{skip + size}" if more else None,
        }


def _bucket(day: date, results: list[Json]) -> Json:
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
        "results": results,
    }


def _error(kind: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": kind}}).encode()


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve it on a port of its own."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = provider.answer(parts.path, query, headers)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

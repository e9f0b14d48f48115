"""The description of the API (OpenAPI 3.1), made from what `endpoint` recorded on each handler.

It also carries every frame of the socket and every event of a turn as components, so that the web
app's types come from the same place.
"""

import json
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from sanic import HTTPResponse, Request
from sanic_routing.route import Route

from schema.wire.base import Ask
from schema.wire.events import TurnEvent
from schema.wire.frames import SUBPROTOCOL, ClientFrame, ServerFrame
from schema.wire.problem import HttpProblem
from server import __version__
from server.core.problems import KINDS

from .endpoint import DESCRIPTION, Endpoint
from .problems import CONTENT_TYPE
from .request import App

REF: Final = "#/components/schemas/{model}"
UNIONS: Final[dict[str, Any]] = {
    "ClientFrame": ClientFrame,
    "ServerFrame": ServerFrame,
    "TurnEvent": TurnEvent,
}
_PLACEHOLDER: Final = re.compile(r"<(\w+)(?::(\w+))?>")
SAFE: Final = ("get", "head")

ALWAYS: Final = ("wrong_host", "internal")
SIGNED_IN: Final = ("signed_out", "token_expired")
WRITES: Final = ("wrong_origin", "csrf")
BODY: Final = ("malformed_json", "invalid", "unsupported_media_type", "too_large")

ABOUT: Final = f"""\
The API of one instance of claude-rasp. Everything is JSON; ids are UUIDs, and whoever creates a
thing makes its id (version 7); times are ISO 8601 in UTC. What goes wrong is a problem (RFC 9457)
with a `code`, a `message` in the person's language, and `permanent`: whether the same request
would fail again.

**Signing in.** `POST /api/v1/auth/login` sets cookies for browsers and answers with an access
token for scripts (`Authorization: Bearer …`). A write with cookies needs the header
`X-CSRF-Token` and our own origin; Bearer needs neither. On 401 `token_expired` a browser calls
`POST /api/v1/auth/refresh` once and repeats; a script signs in again.

**The socket.** `GET /api/v1/chat` with the subprotocol `{SUBPROTOCOL}` opens the chat channel:
text frames, one JSON object each, told apart by `kind`. The client sends `ClientFrame`, the server
`ServerFrame`; the first frame is `welcome`. Close codes say what to do next: 4401 sign in, 4409
too slow (reconnect and resume), 4429 too many sockets (close one first), 1009 the frame was too
large, 1001 and any other one reconnect a little later and resume.

**Server-sent events.** Where an address answers `text/event-stream`, each event is a `TurnEvent`
with its `seq` as the event's id; `Last-Event-ID` resumes after it.
"""


def install(app: App) -> None:
    """Mount `/api/docs/openapi.json`, made at its first request and then kept."""
    made: list[bytes] = []

    async def document(_: Request) -> HTTPResponse:
        if not made:
            made.append(json.dumps(describe(app), ensure_ascii=False).encode())
        return HTTPResponse(
            made[0], headers={"Cache-Control": "no-cache"}, content_type="application/json"
        )

    app.add_route(document, "/api/docs/openapi.json", name="openapi")


def describe(app: App) -> dict[str, Any]:
    """The whole document."""
    found = sorted(_endpoints(app), key=lambda each: (each[0], each[1]))
    paths: dict[str, dict[str, Any]] = {}
    for address, method, route, endpoint in found:
        paths.setdefault(address, {})[method] = _operation(method, route, endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "claude-rasp", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": _components(endpoint for *_, endpoint in found),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "claude-rasp-access"},
            },
        },
    }


def _endpoints(app: App) -> Iterator[tuple[str, str, Route, Endpoint]]:
    """Address, method, route and description of every described handler."""
    for route in app.router.routes:
        endpoint = getattr(route.handler, DESCRIPTION, None)
        if isinstance(endpoint, Endpoint):
            for method in sorted(route.methods):
                yield _address(route), method.lower(), route, endpoint


def _address(route: Route) -> str:
    """The path as OpenAPI writes it: `<id:uuid>` is `{id}`."""
    return "/" + _PLACEHOLDER.sub(r"{\1}", route.path)


def _operation(method: str, route: Route, endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": str(route.name).rpartition(".")[2],
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _path_schema(label)}
            for name, label in _PLACEHOLDER.findall(route.path)
        ]
        + _query_parameters(endpoint.query),
        "responses": _responses(method, endpoint),
        "security": [] if endpoint.public else [{"bearer": []}, {"cookie": []}],
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(_ref(endpoint.body))}
    return operation


def _path_schema(label: str) -> dict[str, str]:
    return {"type": "string", "format": "uuid"} if label == "uuid" else {"type": "string"}


def _query_parameters(query: type[Ask] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    shape = query.model_json_schema()
    required = shape.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": content}
        for name, content in shape["properties"].items()
    ]


def _responses(method: str, endpoint: Endpoint) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    streams = {kind: {"schema": {"type": "string"}} for kind in endpoint.streams}
    for status, shape in (endpoint.answers or {HTTPStatus.OK: None}).items():
        responses[str(int(status))] = {"description": endpoint.summary}
        content = streams if shape is None else _json(_ref(shape)) | streams
        if content:
            responses[str(int(status))]["content"] = content
    by_status: dict[int, list[str]] = {}
    for code in _codes(method, endpoint):
        by_status.setdefault(KINDS[code].status, []).append(f"`{code}`: {KINDS[code].en}")
    for status, texts in sorted(by_status.items()):
        responses.setdefault(str(status), {"description": ""})
        responses[str(status)]["description"] = "\n\n".join(texts)
        responses[str(status)].setdefault("content", {})[CONTENT_TYPE] = {
            "schema": _ref(HttpProblem)
        }
    return responses


def _codes(method: str, endpoint: Endpoint) -> list[str]:
    """Every refusal this handler can give, each once."""
    codes = [*endpoint.problems]
    if endpoint.query is not None:
        codes.append("invalid")
    if endpoint.body is not None:
        codes += BODY
    if not endpoint.public:
        codes += SIGNED_IN
        codes += () if method in SAFE else WRITES
        codes += ("forbidden",) if endpoint.admin else ()
    return list(dict.fromkeys([*codes, *ALWAYS]))


def _components(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The schemas of all bodies, of the frames and of the events."""
    shapes: dict[str, Any] = {HttpProblem.__name__: HttpProblem}
    for endpoint in endpoints:
        for shape in (endpoint.body, *endpoint.answers.values()):
            if shape is not None:
                shapes[shape.__name__] = shape
    adapters = {name: TypeAdapter(shape) for name, shape in (shapes | UNIONS).items()}
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, "serialization", adapter) for name, adapter in adapters.items()
    ]
    roots, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)
    schemas: dict[str, Any] = dict(definitions.get("$defs", {}))
    for (name, _), schema in roots.items():
        schemas.setdefault(name, schema)
    for schema in schemas.values():
        _drop_defaults(schema)
    return dict(sorted(schemas.items()))


def _drop_defaults(schema: dict[str, Any]) -> None:
    """Leave out the default of what may be absent: generators read it as "always there"."""
    for name, content in schema.get("properties", {}).items():
        if name not in schema.get("required", ()):
            content.pop("default", None)


def _ref(shape: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": REF.format(model=shape.__name__)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}

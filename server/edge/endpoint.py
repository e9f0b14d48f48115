"""What every REST handler has in common: who asks, a strict body, and its own description.

    @endpoint(summary="Sign in", tag="identity", body=LoginAsk, answers={200: Session},
              problems=("bad_credentials", "too_many_attempts"), public=True)
    async def login(request: Request, body: LoginAsk) -> HTTPResponse:
        return answer(await service.login(body))

Handlers get `body` and `query` as keyword arguments if they are declared, and the parts of the
path (`<id:uuid>`; a malformed id is 404 by routing).
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from sanic import HTTPResponse, Request

from schema.wire.base import Ask
from server.core.problems import Refusal

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]
AskT = TypeVar("AskT", bound=Ask)

DESCRIPTION: Final = "endpoint"
"""The attribute under which a handler carries its description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The decorator, and what the documentation says of the handler.

    `answers` maps a status to the shape of its body (None: no body); `problems` are the codes of
    the handler's own refusals; `streams` names media types that the same address can answer with
    instead. `admin`: administrators only; others are refused with `forbidden`.
    """

    summary: str
    tag: str
    answers: Mapping[int, type[BaseModel] | None]
    problems: tuple[str, ...] = ()
    body: type[Ask] | None = None
    query: type[Ask] | None = None
    public: bool = False
    admin: bool = False
    description: str = ""
    streams: tuple[str, ...] = ()

    def __call__(self, handler: Handler) -> Handler:
        """The handler with its checks before it.

        Unless it is public the guard decides first, so that a stranger learns nothing from a body.
        """

        @wraps(handler)
        async def handle(request: Request, **parts: object) -> HTTPResponse | None:
            if not self.public:
                principal = await request.app.ctx.guard.check(request)
                if self.admin and principal.role != "admin":
                    raise Refusal("forbidden")
            if self.body is not None:
                parts["body"] = parse_body(request, self.body)
            if self.query is not None:
                parts["query"] = parse_query(request, self.query)
            return await handler(request, **parts)

        setattr(handle, DESCRIPTION, self)
        return handle


endpoint = Endpoint


def parse_body(request: Request, shape: type[AskT]) -> AskT:
    """The JSON body as `shape`. Raises Refusal."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal("unsupported_media_type")
    try:
        return shape.model_validate_json(request.body)
    except ValidationError as error:
        raise refuse_invalid(error) from None


def parse_query(request: Request, shape: type[AskT]) -> AskT:
    """The query string as `shape`; each name may come once. Raises Refusal."""
    given: dict[str, list[str]] = dict(request.get_args(keep_blank_values=True))
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Refusal("invalid", fields="a query parameter may come only once")
    try:
        return shape.model_validate_strings({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise refuse_invalid(error) from None


def refuse_invalid(error: ValidationError) -> Refusal:
    """Say which fields are wrong and what is allowed, never what was given."""
    errors = error.errors(include_url=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return Refusal("malformed_json")
    return Refusal("invalid", fields="; ".join(_sentence(each) for each in errors[:5]))


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            # The name of an unknown field is input as well, so it stays out of the text.
            parent = ".".join(str(part) for part in error["loc"][:-1])
            return f"{parent or 'the request'} has an unknown field"
        case "union_tag_invalid":
            return f"kind: must be one of {error['ctx']['expected_tags']}"
        case "uuid_parsing":
            return f"{where}: must be a UUID"
        case _:
            return f"{where}: {error['msg']}" if where else str(error["msg"])


def answer(
    model: BaseModel, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    """`model` as JSON."""
    return HTTPResponse(
        model.model_dump_json(), status, dict(headers or {}), content_type="application/json"
    )


def no_content() -> HTTPResponse:
    """204: done, and nothing to say."""
    return HTTPResponse(status=HTTPStatus.NO_CONTENT)

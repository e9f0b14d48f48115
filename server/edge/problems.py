"""The one file that turns whatever was raised into an HTTP answer: RFC 9457, in two languages."""

import logging
from http import HTTPStatus
from typing import Final

from sanic import HTTPResponse, Request
from sanic.exceptions import (
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    SanicException,
    ServiceUnavailable,
)

from schema.wire.problem import HttpProblem
from server.core.problems import Refusal
from server.store import StorageErrors

from .hosts import NO_REQUEST
from .request import App

CONTENT_TYPE: Final = "application/problem+json"
SERVER_FAULT: Final = 500

log = logging.getLogger(__name__)


def install(app: App) -> None:
    """Answer every exception of every handler, and Sanic's own."""
    app.error_handler.add(Exception, answer_exception)


def answer_exception(request: Request, exception: Exception) -> HTTPResponse:
    """The problem that tells the client what went wrong, without anything it could leak."""
    refusal = refusal_for(request, exception)
    response = problem_response(refusal, language_of(request))
    if isinstance(exception, MethodNotAllowed):
        response.headers["Allow"] = exception.headers.get("Allow", "")
    return response


def refusal_for(request: Request, exception: Exception) -> Refusal:
    """What `exception` means for the client; one nobody foresaw is logged and is `internal`."""
    if isinstance(exception, Refusal):
        return exception
    if isinstance(exception, ServiceUnavailable):
        return Refusal("answer_timeout")
    if isinstance(exception, StorageErrors):
        log.error("not stored", exc_info=exception, extra={"request_id": str(request.id)})
        return Refusal("storage")
    if isinstance(exception, SanicException) and exception.status_code < SERVER_FAULT:
        return _from_sanic(request, exception)
    log.error("unforeseen", exc_info=exception, extra={"request_id": str(request.id)})
    return Refusal("internal", request_id=str(request.id))


def _from_sanic(request: Request, exception: SanicException) -> Refusal:
    config = request.app.config
    match exception:
        case NotFound():
            return Refusal("not_found")
        case MethodNotAllowed():
            return Refusal("method_not_allowed")
        case PayloadTooLarge() if request.method == NO_REQUEST:
            return Refusal("headers_too_large", limit_bytes=config.REQUEST_MAX_HEADER_SIZE)
        case PayloadTooLarge():
            return Refusal("too_large", limit_bytes=config.REQUEST_MAX_SIZE)
        case RequestTimeout():
            return Refusal("request_timeout")
        case _:
            return Refusal("bad_request")


def problem_response(refusal: Refusal, language: str) -> HTTPResponse:
    """The refusal as an `application/problem+json` answer in `language`."""
    problem = refusal.problem(language)
    status = refusal.kind.status
    body = HttpProblem(title=_title(status), status=status, **dict(problem))
    headers = {"Content-Language": language}
    if problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return HTTPResponse(body.model_dump_json(), status, headers, content_type=CONTENT_TYPE)


def language_of(request: Request) -> str:
    """The person's language; before sign-in the browser's first one we speak, else ours."""
    principal = getattr(request.ctx, "principal", None)
    if principal is not None:
        return str(principal.language)
    for wish in request.headers.get("accept-language", "").lower().split(","):
        language = wish.strip().partition(";")[0].partition("-")[0]
        if language in ("fr", "en"):
            return language
    return str(request.app.ctx.settings.server.language)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded"  # 529, which only Anthropic's API knows

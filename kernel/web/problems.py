"""RFC 9457 problems: the one shape of every refusal over HTTP."""

from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import PROBLEM_BASE, Fault, FieldError, InvalidInput, MalformedInput, NotFound

PROBLEM_TYPE = "application/problem+json"

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": [PROBLEM_BASE + "consent-missing"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def problem_body(fault: Fault, instance: str) -> dict[str, Any]:
    """The problem document of `fault` for the request path `instance`."""
    body: dict[str, Any] = {
        "type": PROBLEM_BASE + fault.code,
        "title": fault.title,
        "status": fault.status,
        "detail": fault.detail,
        "instance": instance,
    }
    if fault.errors:
        body["errors"] = [error._asdict() for error in fault.errors]
    return {**body, **fault.members} if fault.members else body


def as_sdks_read(fault: Fault) -> Fault:
    """`fault` as tracking SDKs understand it: `code` and `message` beside the problem's own members, and a time to try
    again where that helps.

    rudder-sdk-python takes a refusal without them for a broken network, and sends it again and again.
    """
    fault.members = {"code": fault.code, "message": fault.detail}
    if fault.status == 503:
        fault.headers.setdefault("Retry-After", "1")
    return fault


def problem_response(fault: Fault, instance: str) -> Response:
    """`fault` as a response with its status and headers."""
    content = msgspec.json.encode(problem_body(fault, instance))
    return Response(content, fault.status, headers=fault.headers, media_type=PROBLEM_TYPE)


def fault_of(error: Exception) -> Fault:
    """The fault that says what `error` means to a client; an unknown one says nothing about our inside."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, RequestValidationError):
        return _validation_fault(error)
    if isinstance(error, HTTPException):
        return _http_fault(error)
    return Fault()


async def answer_with_problem(request: Request, error: Exception) -> Response:
    """Exception handler for FastAPI and Starlette apps."""
    return problem_response(fault_of(error), request.url.path)


def pointer_of(path: tuple[Any, ...] | list[Any]) -> str:
    """A JSON pointer (RFC 6901) from keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _validation_fault(error: RequestValidationError) -> Fault:
    problems = error.errors()
    if any(problem["type"] in ("json_invalid", "model_attributes_type", "dict_type") for problem in problems):
        return MalformedInput("The body is not the JSON object that this route takes.")
    errors = [FieldError(pointer_of(problem["loc"][1:]), problem["msg"]) for problem in problems]
    return InvalidInput("Some fields break their rules; see errors.", errors=errors)


def _http_fault(error: HTTPException) -> Fault:
    if error.status_code == 404:
        return NotFound("There is nothing at this address.")
    fault = MalformedInput(str(error.detail), headers=error.headers)
    if error.status_code != 400:
        kind = type("HttpFault", (Fault,), {"status": error.status_code, "code": _slug(str(error.detail))})
        fault = kind(str(error.detail), headers=error.headers)
        fault.__class__.title = str(error.detail)
    return fault


def _slug(text: str) -> str:
    return "-".join(text.lower().split()) or "error"

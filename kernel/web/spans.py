"""Spans of HTTP by OpenTelemetry's conventions: the method, the template of the route, the status. Never the address."""

from kernel.telemetry.attributes import method_of
from kernel.telemetry.traces import Kind, Span, is_recording, sampled_traceparent, spanning
from kernel.web.asgi import ASGIApp, Message, Receive, Scope, Send

ROUTE = "chandung.route"
"""Where a request's scope holds the template of its route, if its router is none of FastAPI's."""


def answered(span: Span, scope: Scope, status: int) -> None:
    """Tell the server's span what it was; a status of 0 means that nobody was answered."""
    method = method_of(scope["method"])
    route = getattr(scope.get("route"), "path", None) or scope.get(ROUTE)
    attributes: dict[str, object] = {"http.request.method": method, "http.route": route}
    if status:
        attributes["http.response.status_code"] = status
    if status >= 500:
        attributes["error.type"] = str(status)
    span.tell(attributes, name=f"{method} {route}" if route else method, failed=status >= 500)


async def passed_on(peer: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Ask `app`, the service `peer`, under a client's span, whose trace the request's headers then carry."""
    if not is_recording() or sampled_traceparent() is None:  # nearly always: a look instead of a block
        await app(scope, receive, send)
        return
    method = method_of(scope["method"])
    told = {"http.request.method": method, **({"service.peer.name": peer} if peer else {})}
    with spanning(Kind.CLIENT, method, told) as span:
        if span is not None:
            scope, send = _below(span, scope), _watching(span, send)
        await app(scope, receive, send)


def _below(span: Span, scope: Scope) -> Scope:
    carried = [pair for pair in scope["headers"] if pair[0] != b"traceparent"]
    return {**scope, "headers": [*carried, (b"traceparent", span.traceparent.encode())]}


def _watching(span: Span, send: Send) -> Send:
    async def watch(message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            error = {"error.type": str(status)} if status >= 400 else {}
            span.tell({"http.response.status_code": status, **error}, failed=status >= 400)
        await send(message)

    return watch

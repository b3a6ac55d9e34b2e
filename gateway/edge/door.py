"""The edge: every request's way in. Establishes who asks, what for and how often, then streams on.

Raw ASGI, because this is the one place that every request passes: nothing is parsed but the head.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs, quote

import sqlalchemy as sa

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients.domain.terms import mind_terms
from gateway.clients.sessions import BEARER, Session
from gateway.edge.load import Load, in_time
from gateway.edge.matching import Access, Match, Route, RouteTable, fill
from gateway.edge.origins import preflight_of, told_to_page
from gateway.edge.parting import parting_words
from gateway.edge.routes import EVERY, IN_SANDBOX, PAIRWISE_PARAMS
from gateway.edge.tracking import (
    ACROSS_ORIGINS,
    OriginNotAllowed,
    answer_preflight,
    mind_tracking_size,
    with_key_in_body,
)
from gateway.errors import AuditUnavailable, SandboxOnly, SignInNeeded
from gateway.looking.domain import LOOKER, cookie_in, is_at_the_machine, way_in
from gateway.parts import Parts
from kernel.errors import (
    Fault,
    MalformedInput,
    NotFound,
    PurposeMissing,
    PurposeNotAllowed,
    ScopeMissing,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from kernel.ids import canonical_id
from kernel.privacy.purposes import Purpose
from kernel.telemetry import current_traceparent
from kernel.web.asgi import ASGIApp, Message, Receive, Scope, Send, header
from kernel.web.internal import ADDRESS, HEADER, Caller
from kernel.web.middleware import Boundary
from kernel.web.problems import as_sdks_read
from kernel.web.spans import ROUTE, passed_on

INTERNAL_PREFIX = b"x-chandung-"
_EXTRA = "chandung.headers"
"""Where a request's scope holds the headers to be added to its answer, refused or not."""
_OURS = frozenset({b"authorization", b"cookie", b"traceparent"})
"""Headers of the client that end here: secrets, and the trace, which goes on as we carry it."""

ANYBODY = Caller("anybody", "open")
"""Who knocks at an open door of a service: without scope or purpose; the door checks what it is shown itself."""

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_OWN_SECURITY = frozenset(name for name, _ in SECURITY_HEADERS)


class MethodNotAllowed(Fault):
    """The path exists, but not for this method."""

    status, code, title = 405, "method-not-allowed", "The method is not allowed here"


@dataclass(slots=True)
class Edge:
    """Lets requests through to `own` (the gateway's rooms) or to an upstream."""

    own: ASGIApp
    parts: Parts
    table: RouteTable = field(default_factory=partial(RouteTable, EVERY))
    load: Load = field(init=False)
    _guarded: Boundary = field(init=False)

    def __post_init__(self) -> None:
        self.load = Load(self.parts.settings.at_once, self.parts.settings.most_at_once)
        self._guarded = Boundary(self._serve, "edge", traced_as="gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.own(scope, receive, send)
            return
        extra = scope[_EXTRA] = []
        await self._guarded(scope, receive, _secured(send, extra))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            if self._is_for_sites(scope["path"]):
                await answer_preflight(send)
                return
            if allowed := preflight_of(scope, self.parts.sessions, self.table):
                await send({"type": "http.response.start", "status": 204, "headers": allowed})
                await send({"type": "http.response.body", "body": b""})
                return
        match = self._found(scope)
        if match.route.access is Access.TRACK:
            await self._track(match, scope, receive, send)
            return
        session = await self._admit(match, scope, scope[_EXTRA])
        with self.load.under_way(session):
            await in_time(scope, self._pass_on(match, session, scope, receive, send))

    async def _track(self, match: Match, scope: Scope, receive: Receive, send: Send) -> None:
        """A request of an SDK, which understands refusals by other names."""
        scope[_EXTRA] += ACROSS_ORIGINS
        try:
            mind_tracking_size(scope)
            receive = await with_key_in_body(scope, receive)
            session = await self._admit(match, scope, scope[_EXTRA])
            _mind_origin(scope, session)
            with self.load.under_way(session):
                await self._pass_on(match, session, scope, receive, send)
        except Fault as fault:
            raise as_sdks_read(fault) from None

    def _is_for_sites(self, path: str) -> bool:
        found = self.table.find("POST", path) or self.table.find("GET", path)
        return found is not None and found.route.access in (Access.TRACK, Access.SITE)

    async def _admit(self, match: Match, scope: Scope, extra: list[tuple[bytes, bytes]]) -> Session | None:
        """The request's caller. Raises the fault that says why it may not pass."""
        route = match.route
        scope[ROUTE] = route.path
        settings = self.parts.settings
        _mind_size(scope, settings.max_upload if route.upload else settings.max_body)
        if route.access is Access.SITE:
            extra += ACROSS_ORIGINS
        if route.access in (Access.OPEN, Access.SITE):
            if route.upstream != "gateway":
                await self._mind_anybody(scope, extra)
            return None
        session = await self._session(scope, route)
        terms = session.terms
        if terms is not None:
            mind_terms(terms, (scope.get("client") or ("",))[0], time.time())
            extra += told_to_page(scope, terms.origins)
        quota, told = await self.parts.quotas.take(session.caller.client_id, terms.rate if terms else None)
        extra += told
        if not quota.allowed:
            raise TooMany("The client's quota is used up.", headers={"Retry-After": str(quota.reset_s)})
        if route.scopes and session.caller.scopes.isdisjoint(route.scopes):
            raise ScopeMissing(f"This needs the scope {' or '.join(route.scopes)}.")
        if route.purpose:
            _mind_purpose(scope, session)
        if terms is not None and terms.sandbox and (route.method, route.path) not in IN_SANDBOX:
            raise SandboxOnly("See GET /v1/sandbox/people.")
        if route.deprecated is not None:
            extra += parting_words(route)
        return session

    async def _mind_anybody(self, scope: Scope, extra: list[tuple[bytes, bytes]]) -> None:
        """Who is not known has the quota of one client, by address. Raises TooMany."""
        host = (scope.get("client") or ("",))[0]
        quota, told = await self.parts.quotas.take(f"{ANYBODY.client_id} {host}")
        extra += told
        if not quota.allowed:
            raise TooMany(
                "The quota of this address is used up.", headers={"Retry-After": str(quota.reset_s)}
            )

    def _found(self, scope: Scope) -> Match:
        match = self.table.find(scope["method"], scope["path"])
        if match is None:
            known = self.table.methods(scope["path"])
            if known:
                allow = {"Allow": ", ".join(known)}
                raise MethodNotAllowed("This address knows other methods.", headers=allow)
            raise NotFound("There is nothing at this address.")
        return match

    async def _session(self, scope: Scope, route: Route) -> Session:
        if route.access is Access.PAGE and header(scope, b"authorization") is None:
            return await self._looking(scope)
        scheme, _, credentials = (header(scope, b"authorization") or b"").partition(b" ")
        kind = scheme.lower()
        if kind == b"bearer":
            return await self.parts.sessions.by_token(credentials.strip())
        if kind == b"basic" and route.access in (Access.COLLECT, Access.TRACK):
            return await self.parts.sessions.by_write_key(credentials.strip())
        raise Unauthenticated("An access token is needed.", headers=BEARER)

    async def _looking(self, scope: Scope) -> Session:
        """The session of a browser at the pages. Raises SignInNeeded, which leads to the form."""
        token = cookie_in(scope)
        if token is not None:
            try:
                return await self.parts.sessions.by_token(token)
            except Unauthenticated:
                pass  # it has run out, or was revoked: as if there were none
        settings = self.parts.settings
        if settings.pages_on_loopback and is_at_the_machine(scope, settings.base_url()):
            return Session(LOOKER, float("inf"), LOOKER.client_id)
        raise SignInNeeded(headers={"Location": way_in(scope["path"])})

    async def _pass_on(
        self, match: Match, session: Session | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        inner = dict(scope)
        ids = self._inner_ids(match, session) if session is not None else {}
        if session is not None and ids:
            inner["path"] = fill(match.route.path, {**match.params, **ids})
            inner["raw_path"] = quote(inner["path"]).encode()
            outer = self.parts.pairwise.outer
            send = _shown_outside(
                send, {known: outer(session.caller.client_id, known) for known in ids.values()}
            )
        if match.route.upstream == "gateway":
            if session is not None:
                if session.terms is not None and session.terms.sandbox and match.route.purpose:
                    inner["path"] = "/sandbox" + inner["path"]
                    inner["raw_path"] = quote(inner["path"]).encode()
                inner["headers"] = _cleaned(scope)
                inner["caller"] = session.caller
            await self.own(inner, receive, send)
            return
        upstream = self.parts.upstreams.get(match.route.upstream)
        if upstream is None:
            raise Unavailable(f"The {match.route.upstream} service is not connected.")
        if match.route.audited and session is not None:
            await self._put_on_record(match, ids, session)
        token = self.parts.internal.mint(session.caller if session else ANYBODY).encode()
        inner["headers"] = [*_cleaned(scope), (HEADER, token)]
        if match.route.access is Access.TRACK and (address := _browsers_address(scope)):
            inner["headers"].append((ADDRESS, address))
        await passed_on(match.route.upstream, upstream, inner, receive, send)

    async def _put_on_record(self, match: Match, ids: Mapping[str, str], session: Session) -> None:
        """Raises AuditUnavailable."""
        subject = canonical_id({**match.params, **ids}.get("subject_id", ""))
        entry = Entry(session.caller.client_id, "privacy", "allow", match.route.audited, subject)
        try:
            async with self.parts.database.transaction() as tx:
                await record(tx, self.parts.audit_key, [entry])
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise AuditUnavailable("Nothing was done; try again.") from error

    def _inner_ids(self, match: Match, session: Session) -> dict[str, str]:
        """Our ids for the pairwise ones in a partner's path, by placeholder. Raises NotFound for what is no id."""
        ids: dict[str, str] = {}
        if not session.caller.is_partner:
            return ids
        for name in PAIRWISE_PARAMS.intersection(match.params):
            inner = self.parts.pairwise.inner(session.caller.client_id, match.params[name])
            if inner is None:
                raise NotFound
            ids[name] = inner
        return ids


def _mind_origin(scope: Scope, session: Session | None) -> None:
    origin = header(scope, b"origin")
    allowed = session.origins if session else None
    if origin is not None and allowed is not None and origin.decode("latin-1") not in allowed:
        raise OriginNotAllowed("The write key is for other sites.")


def _browsers_address(scope: Scope) -> bytes:
    """Where a browser asks from (it says its page's origin); a server's address is not its visitors'."""
    client = scope.get("client")
    return str(client[0]).encode() if client and header(scope, b"origin") is not None else b""


def _mind_size(scope: Scope, limit: int) -> None:
    declared = header(scope, b"content-length")
    if declared is not None and (not declared.isdigit() or int(declared) > limit):
        raise TooLarge(f"The body may have at most {limit} bytes.")


def _mind_purpose(scope: Scope, session: Session) -> None:
    try:
        given = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=100).get("purpose", [])
    except ValueError as error:
        raise MalformedInput("The query cannot be read.") from error
    if len(given) != 1:
        raise PurposeMissing("Say what for, once: ?purpose=...")
    if given[0] not in Purpose.__members__.values():
        raise PurposeNotAllowed("There is no such purpose.")
    if given[0] not in session.caller.purposes:
        raise PurposeNotAllowed(f"The client may not use the purpose {given[0]}.")


def _cleaned(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The client's headers without its credentials and without what only we may say."""
    headers = []
    for pair in scope["headers"]:
        name = pair[0]
        if not name.startswith(INTERNAL_PREFIX) and name not in _OURS:
            headers.append(pair)
    traceparent = current_traceparent()  # the client's own where it was one
    if traceparent:
        headers.append((b"traceparent", traceparent.encode()))
    return headers


def _shown_outside(send: Send, outer: Mapping[str, str]) -> Send:
    """`send` that puts a partner's ids in place of ours where a refusal repeats the path (equal in length).

    Without it any id could be turned into ours by asking wrongly, and two partners could join their data.
    """
    refused = False

    async def shown(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start":
            refused = message["status"] >= 400
        elif refused:
            body = message.get("body", b"")
            for ours, theirs in outer.items():
                body = body.replace(ours.encode(), theirs.encode())
            message = {**message, "body": body}
        await send(message)

    return shown


def _secured(send: Send, extra: list[tuple[bytes, bytes]]) -> Send:
    """`send` that adds the security headers an answer does not set itself, and `extra`."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            own = {name for name, _ in headers if name in _OWN_SECURITY}
            missing = (
                SECURITY_HEADERS if not own else [pair for pair in SECURITY_HEADERS if pair[0] not in own]
            )
            message = {**message, "headers": [*headers, *missing, *extra]}
        await send(message)

    return secured

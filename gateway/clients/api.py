"""The doors of clients: tokens, keys, registration."""

from typing import Annotated, Any
from urllib.parse import unquote_plus

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients import changes, repository, service
from gateway.clients.schemas import (
    ClientCredentials,
    ClientPage,
    Limits,
    MadeWriteKey,
    NewClient,
    NewWriteKey,
    TokenAnswer,
    WriteKeyPage,
)
from gateway.clients.sessions import BASIC, basic_credentials
from gateway.clients.views import client_view
from gateway.errors import InvalidGrant
from gateway.parts import Parts, address_of, parts_of
from kernel.errors import Fault, PurposeNotAllowed, ScopeMissing, TooMany, Unauthenticated
from kernel.ids import canonical_id
from kernel.web.doors import caller_of, id_in
from kernel.web.pages import Cursor, Limit, decode_key, page
from kernel.web.problems import PROBLEM_TYPE, problem_body

router = APIRouter(tags=["clients"])

Text = Annotated[str, Form(max_length=10_000)]


@router.post("/oauth/token", response_model=TokenAnswer)
async def issue_token(
    request: Request,
    grant_type: Text = "",
    client_id: Text = "",
    client_secret: Text = "",
    scope: Text = "",
) -> Any:
    """An access token for client credentials, given in the form or by HTTP Basic (RFC 6749, 4.4).

    A refusal is a problem with the `error` code of OAuth 2.0 beside it; a bad client or secret is 401.
    """
    parts = parts_of(request)
    try:
        await _mind_guessing(request)
        if grant_type != "client_credentials":
            raise InvalidGrant("unsupported_grant_type", "Only client_credentials is offered.")
        client_id, client_secret = _client_credentials(request, client_id, client_secret)
        async with parts.database.transaction() as tx:
            answer = await service.issue_token(
                tx,
                parts.sessions,
                client_id,
                client_secret,
                scope=scope,
                ttl_s=parts.settings.token_ttl_s,
                address=address_of(request),
            )
            await _record(tx, parts, Entry(client_id, "login", "allow", "client-credentials"))
    except InvalidGrant as fault:
        return _oauth_problem(request, fault, fault.error)
    except Unauthenticated as fault:
        await _note_refusal(request, parts, client_id)
        return _oauth_problem(request, fault, "invalid_client")
    return answer


@router.post("/oauth/revoke", status_code=200)
async def revoke_token(
    request: Request, token: Text = "", client_id: Text = "", client_secret: Text = ""
) -> Response:
    """Revoke an access token (RFC 7009): refused from this answer on.

    A client that authenticates revokes its own tokens only; without, holding the token is proof enough.
    """
    parts = parts_of(request)
    has_credentials = bool(client_id or request.headers.get("authorization", "").lower().startswith("basic "))
    try:
        async with parts.database.transaction() as tx:
            owner = None
            if has_credentials:
                client_id, client_secret = _client_credentials(request, client_id, client_secret)
                owner = (await service.authenticate_client(tx, parts.sessions, client_id, client_secret)).id
            token_id = await service.revoke_token(tx, parts.sessions, token, client_id=owner)
            if token_id:
                await _record(tx, parts, Entry(owner or "token holder", "key", "allow", "token-revoked"))
    except Unauthenticated as fault:
        return _oauth_problem(request, fault, "invalid_client")
    if token_id:
        parts.sessions.revoke(token_id)
    return Response(status_code=200)


@router.get("/.well-known/jwks.json")
async def show_public_keys(request: Request) -> dict[str, Any]:
    """The public keys of access tokens, consent receipts and certificates (RFC 7517)."""
    return parts_of(request).signing.jwks()


@router.post(
    "/v1/clients", status_code=201, response_model=ClientCredentials, response_model_exclude_none=True
)
async def register_client(request: Request, body: NewClient) -> Any:
    """Register a client. Its secrets are in this answer and nowhere else; nobody grants what it lacks."""
    parts, caller = parts_of(request), caller_of(request)
    try:
        async with parts.database.transaction() as tx:
            made = await service.register_client(
                tx,
                parts.sessions,
                caller,
                name=body.name,
                kind=body.type,
                scopes=body.scopes,
                purposes=body.purposes,
                more=body.model_dump(include={"source", *Limits.model_fields}),
            )
            registered = await changes.found(tx, made.client_id)
            await _record(
                tx, parts, Entry(caller.client_id, "client", "allow", f"registered {made.client_id}")
            )
    except (ScopeMissing, PurposeNotAllowed) as fault:
        async with parts.database.transaction() as tx:
            await _record(tx, parts, Entry(caller.client_id, "client", "deny", fault.code))
        raise
    parts.sessions.learn(registered)
    return {"client_id": made.client_id, "client_secret": made.client_secret, "write_key": made.write_key}


@router.get("/v1/clients", response_model=ClientPage)
async def list_clients(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Registered clients, without their secrets."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.list_clients(connection, decode_key(cursor), limit + 1)
    return page(rows, limit, lambda row: row.id, client_view)


@router.post("/v1/write-keys", status_code=201, response_model=MadeWriteKey)
async def make_write_key(request: Request, body: NewWriteKey) -> dict[str, Any]:
    """A write key for a source; it is in this answer and nowhere else. It collects, and opens nothing else.

    A source that is not registered yet may be named: what comes with the key waits in quarantine until it is.
    """
    parts, caller = parts_of(request), caller_of(request)
    async with parts.database.transaction() as tx:
        key_id, key = await service.make_write_key(
            tx,
            parts.sessions,
            caller,
            source=body.source,
            name=body.name or body.source,
            origins=body.origins,
        )
        row = await repository.write_key_by_id(tx, key_id)
        await _record(tx, parts, Entry(caller.client_id, "key", "allow", f"write key {key_id} made"))
    return {**_key_view(row), "write_key": key}


@router.get("/v1/write-keys", response_model=WriteKeyPage)
async def list_write_keys(
    request: Request, source: str | None = None, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """Write keys, those that clients came with and revoked ones too; never the keys themselves."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await repository.list_write_keys(connection, source, decode_key(cursor), limit + 1)
    return page(rows, limit, lambda row: row.id, _key_view)


@router.delete("/v1/write-keys/{key_id}", status_code=204)
async def revoke_write_key(request: Request, key_id: str) -> Response:
    """Revoke a write key for good: refused from this answer on (by other replicas within a second)."""
    parts, caller = parts_of(request), caller_of(request)
    found = id_in(key_id, "There is no such write key.")
    async with parts.database.transaction() as tx:
        await service.revoke_write_key(tx, found)
        await _record(tx, parts, Entry(caller.client_id, "key", "allow", f"write key {found} revoked"))
    parts.sessions.revoke(found)
    return Response(status_code=204)


def _key_view(row: sa.Row[Any]) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "name", "source", "origins")}
    revoked = row.revoked_at.isoformat() if row.revoked_at else None
    return {**shown, "created_at": row.created_at.isoformat(), "revoked_at": revoked}


def _client_credentials(request: Request, client_id: str, secret: str) -> tuple[str, str]:
    """Credentials from HTTP Basic (form-encoded inside, RFC 6749, 2.3.1) or else from the form."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        name, password = basic_credentials(given.strip().encode())
        return unquote_plus(name), unquote_plus(password)
    if not client_id or not secret:
        raise Unauthenticated("Client credentials are missing.", headers=BASIC)
    return client_id, secret


async def _mind_guessing(request: Request) -> None:
    """Raises TooMany where this address was refused too often of late."""
    quota = await parts_of(request).refusals.look(address_of(request))
    if not quota.allowed:
        raise TooMany("Too many refused credentials.", headers={"Retry-After": str(quota.reset_s)})


async def _note_refusal(request: Request, parts: Parts, client_id: str) -> None:
    await parts.refusals.take(address_of(request))
    async with parts.database.transaction() as tx:
        # what was typed may be anything, a person's name too: only an id is kept
        await _record(tx, parts, Entry(canonical_id(client_id) or "unknown", "login", "deny", "credentials"))


async def _record(tx: AsyncConnection, parts: Parts, entry: Entry) -> None:
    await record(tx, parts.audit_key, [entry])


def _oauth_problem(request: Request, fault: Fault, error: str) -> Response:
    content = {**problem_body(fault, request.url.path), "error": error, "error_description": fault.detail}
    headers = dict(fault.headers)
    if fault.status == 401:
        headers = {**BASIC, **headers}
    return Response(msgspec.json.encode(content), fault.status, headers=headers, media_type=PROBLEM_TYPE)

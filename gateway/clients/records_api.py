"""The doors of a client's record, and of the keys that sign."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients import changes
from gateway.clients.schemas import (
    Client,
    ClientChange,
    NewSecret,
    RotatedSecret,
    SigningKey,
    SigningKeyList,
)
from gateway.clients.views import client_view
from gateway.parts import Parts, parts_of
from kernel.errors import Conflict, Fault, NotFound, PurposeNotAllowed, ScopeMissing
from kernel.web.doors import caller_of, id_in

router = APIRouter(tags=["clients"])

NO_CLIENT = "There is no such client."


@router.get("/v1/clients/{client_id}", response_model=Client)
async def show_client(request: Request, client_id: str) -> dict[str, Any]:
    """A client's record, without its secrets."""
    async with parts_of(request).database.snapshot() as connection:
        return client_view(await changes.found(connection, id_in(client_id, NO_CLIENT)))


@router.patch("/v1/clients/{client_id}", response_model=Client)
async def change_client(request: Request, client_id: str, body: ClientChange) -> dict[str, Any]:
    """Change a client's record, in force from this answer on (in other replicas within a second, for tokens that were
    issued before too).

    Nobody grants a scope or purpose that it lacks: 403 `scope-missing`, `purpose-not-allowed`. 409 for a closed client.
    """
    parts, caller, key = parts_of(request), caller_of(request), id_in(client_id, NO_CLIENT)
    wanted = body.model_dump(exclude_unset=True)
    given = {name: value for name, value in wanted.items() if value is not None or name not in _NEVER_NULL}
    try:
        async with parts.database.transaction() as tx:
            row = await changes.change_client(tx, caller, key, given)
            await record(tx, parts.audit_key, [_entry(request, f"changed {key}: {', '.join(sorted(given))}")])
    except (ScopeMissing, PurposeNotAllowed) as fault:
        await _note_refusal(request, parts, fault)
        raise
    parts.sessions.learn(row)
    return client_view(row)


@router.post("/v1/clients/{client_id}/secrets", status_code=201, response_model=RotatedSecret)
async def rotate_secret(request: Request, client_id: str, body: NewSecret | None = None) -> dict[str, Any]:
    """Another secret for a client, shown this once; the one before stays good for `overlap_hours` (24), an older one
    not at all. A client rotates its own; anybody else needs `admin` and everything that the client holds.
    """
    parts, caller, key = parts_of(request), caller_of(request), id_in(client_id, NO_CLIENT)
    if caller.client_id != key and "admin" not in caller.scopes:
        raise ScopeMissing("Another client's secret is for administrators to rotate.")
    overlap = timedelta(hours=(body or NewSecret()).overlap_hours)
    try:
        async with parts.database.transaction() as tx:
            secret, until = await changes.rotate_secret(tx, parts.sessions, caller, key, overlap)
            await record(tx, parts.audit_key, [_entry(request, f"secret of {key} rotated", "key")])
    except (ScopeMissing, PurposeNotAllowed) as fault:
        await _note_refusal(request, parts, fault)
        raise
    return {"client_id": key, "client_secret": secret, "former_until": until}


@router.post("/v1/clients/{client_id}/close", response_model=Client)
async def close_client(request: Request, client_id: str) -> dict[str, Any]:
    """Close a client for good: its tokens, its secrets and the write key that it came with are refused from this
    answer on (by other replicas within a second)."""
    parts, key = parts_of(request), id_in(client_id, NO_CLIENT)
    async with parts.database.transaction() as tx:
        row = await changes.close_client(tx, key)
        await record(tx, parts.audit_key, [_entry(request, f"closed {key}")])
    parts.sessions.learn(row)
    return client_view(row)


@router.get("/v1/signing-keys", response_model=SigningKeyList)
async def list_signing_keys(request: Request) -> dict[str, Any]:
    """The keys that tokens, receipts and certificates are checked with; the newest signs."""
    kids = list(parts_of(request).signing.keys)
    return {"items": [{"kid": kid, "signs": kid == kids[-1]} for kid in kids], "next_cursor": None}


@router.post("/v1/signing-keys", status_code=201, response_model=SigningKey)
async def add_signing_key(request: Request) -> dict[str, Any]:
    """Make a new key, which signs from now on; the ones before go on to check what they signed."""
    parts = parts_of(request)
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [_entry(request, "signing key added", "key")])
    return {"kid": parts.signing.add(), "signs": True}


@router.delete("/v1/signing-keys/{kid}", status_code=204)
async def withdraw_signing_key(request: Request, kid: str) -> Response:
    """Trust a key no more: tokens, receipts and certificates that it signed hold no longer. 409 for the one that signs."""
    parts = parts_of(request)
    if kid not in parts.signing.keys:
        raise NotFound("There is no such key.")
    if kid == list(parts.signing.keys)[-1]:
        raise Conflict("The key signs: add another one first.")
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [_entry(request, f"signing key {kid} withdrawn", "key")])
    parts.signing.withdraw(kid)
    parts.sessions.forget()
    return Response(status_code=204)


_NEVER_NULL = frozenset({"name", "scopes", "purposes"})


def _entry(request: Request, what: str, action: Any = "client") -> Entry:
    return Entry(caller_of(request).client_id, action, "allow", what)


async def _note_refusal(request: Request, parts: Parts, fault: Fault) -> None:
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [Entry(caller_of(request).client_id, "client", "deny", fault.code)])

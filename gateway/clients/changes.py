"""Use cases of a client's record: change it, give it another secret, close it for good."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients import repository
from gateway.clients.domain.grants import check_grant
from gateway.clients.domain.secret import new_secret, secret_hash
from gateway.clients.domain.terms import check_terms
from gateway.clients.sessions import Sessions
from kernel.errors import Conflict, NotFound
from kernel.web.internal import Caller


async def found(tx: AsyncConnection, client_id: str) -> sa.Row[Any]:
    """A client's record. Raises NotFound."""
    row = await repository.find_client(tx, client_id)
    if row is None:
        raise NotFound("There is no such client.")
    return row


async def change_client(
    tx: AsyncConnection, caller: Caller, client_id: str, changes: Mapping[str, Any]
) -> sa.Row[Any]:
    """The record with `changes`. What it gains, its changer must hold; what it loses is refused from now on.

    Raises NotFound, Conflict (closed), and what `check_grant` and `check_terms` raise.
    """
    row = await _open_one(tx, client_id)
    gained = {name: set(changes.get(name) or ()) - set(getattr(row, name)) for name in ("scopes", "purposes")}
    check_grant(gained["scopes"], gained["purposes"], own_scopes=caller.scopes, own_purposes=caller.purposes)
    dates = {name: changes.get(name, getattr(row, name)) for name in ("valid_from", "valid_until")}
    check_terms(addresses=changes.get("addresses"), rate=changes.get("rate"), **dates)
    return await _changed(tx, client_id, changes)


async def rotate_secret(
    tx: AsyncConnection, sessions: Sessions, caller: Caller, client_id: str, overlap: timedelta
) -> tuple[str, datetime]:
    """A new secret of a client, and until when the one before is good as well. A client may do it itself; who knows
    the secret can act as the client, so anybody else must hold all that it holds.

    Raises NotFound, Conflict (closed), ScopeMissing, PurposeNotAllowed.
    """
    row = await _open_one(tx, client_id)
    if caller.client_id != client_id:
        check_grant(row.scopes, row.purposes, own_scopes=caller.scopes, own_purposes=caller.purposes)
    secret, until = new_secret("cds"), datetime.now(UTC) + overlap
    made = {"secret_hash": secret_hash(sessions.hash_key, secret)}
    await _changed(tx, client_id, {**made, "former_hash": row.secret_hash, "former_until": until})
    return secret, until


async def close_client(tx: AsyncConnection, client_id: str) -> sa.Row[Any]:
    """Close a client for good: its tokens, secrets and write key are refused from now on; twice is once.

    Raises NotFound.
    """
    row = await found(tx, client_id)
    return row if row.closed_at else await _changed(tx, client_id, {"closed_at": datetime.now(UTC)})


async def _open_one(tx: AsyncConnection, client_id: str) -> sa.Row[Any]:
    row = await found(tx, client_id)
    if row.closed_at:
        raise Conflict("The client is closed.")
    return row


async def _changed(tx: AsyncConnection, client_id: str, values: Mapping[str, Any]) -> sa.Row[Any]:
    row = await repository.change_client(tx, client_id, {**values, "changed_at": datetime.now(UTC)})
    if row is None:
        raise NotFound("There is no such client.")
    return row

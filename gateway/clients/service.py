"""Use cases about clients: issue and revoke tokens, register clients, make the first ones."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients import repository
from gateway.clients.domain.grants import FIRST_CLIENTS, FirstClient, check_grant
from gateway.clients.domain.secret import new_secret, password_hash, same_hash, secret_hash
from gateway.clients.domain.terms import check_terms, mind_terms, terms_of
from gateway.clients.sessions import ACCESS_TOKEN, AUDIENCE, Sessions
from gateway.errors import InvalidGrant
from gateway.keys import JoseError
from kernel.errors import NotFound, Unauthenticated
from kernel.ids import canonical_id, new_id
from kernel.web.internal import Caller


@dataclass(frozen=True, slots=True)
class Credentials:
    """A new client's secrets: shown once, kept nowhere."""

    client_id: str
    client_secret: str = field(repr=False)
    write_key: str | None = field(default=None, repr=False)


async def issue_token(
    tx: AsyncConnection,
    sessions: Sessions,
    client_id: str,
    secret: str,
    *,
    scope: str,
    ttl_s: int,
    address: str,
) -> dict[str, Any]:
    """An OAuth 2.0 token answer for client credentials.

    Raises Unauthenticated for an unknown client or a wrong secret (the same), InvalidGrant for a scope not held, and
    what `token_for` raises.
    """
    row = await authenticate_client(tx, sessions, client_id, secret)
    asked = scope.split() if scope else row.scopes
    if lacking := set(asked) - set(row.scopes):
        raise InvalidGrant("invalid_scope", f"The client does not hold: {', '.join(sorted(lacking))}.")
    return token_for(sessions, row, asked, ttl_s, address)


def token_for(
    sessions: Sessions, row: sa.Row[Any], scopes: Sequence[str], ttl_s: int, address: str
) -> dict[str, Any]:
    """An access token of a client, which does not outlive its contract.

    Raises ContractNotInForce, AddressNotAllowed.
    """
    now, terms = int(time.time()), terms_of(row)
    mind_terms(terms, address, now)
    ttl_s = int(min(ttl_s, terms.ends - now))
    asked = list(scopes)
    claims = {
        "iss": sessions.issuer,
        "aud": AUDIENCE,
        "sub": row.id,
        "client_id": row.id,
        "jti": new_id(),
        "iat": now,
        "exp": now + ttl_s,
        "scope": " ".join(asked),
        "kind": row.kind,
        "purposes": row.purposes,
    }
    token = sessions.keys.sign(ACCESS_TOKEN, claims)
    return {"access_token": token, "token_type": "Bearer", "expires_in": ttl_s, "scope": claims["scope"]}


async def authenticate_client(tx: AsyncConnection, sessions: Sessions, client_id: str, secret: str) -> Any:
    """The client's row. Raises Unauthenticated; an unknown client and a wrong secret look and cost the same."""
    canonical = canonical_id(client_id)
    row = await repository.find_client(tx, canonical) if canonical else None
    tried = secret_hash(sessions.hash_key, secret)
    matches = same_hash(tried, row.secret_hash if row else bytes(32))
    former = same_hash(tried, (row.former_hash if row else None) or bytes(32))
    if row is None or not (matches or (former and row.former_until > datetime.now(UTC))) or row.closed_at:
        raise Unauthenticated("The client is unknown or its secret is wrong.")
    return row


async def revoke_token(
    tx: AsyncConnection, sessions: Sessions, token: str, *, client_id: str | None
) -> str | None:
    """Revoke an access token, its id returned; one that is not ours (or not this client's) is ignored (RFC 7009)."""
    try:
        claims = sessions.keys.verify(ACCESS_TOKEN, token.encode())
    except (JoseError, ValueError):
        return None
    if client_id is not None and claims.get("sub") != client_id:
        return None
    token_id = str(claims["jti"])
    await repository.forget_expired(tx, datetime.now(UTC))
    await repository.insert_revocation(tx, token_id, datetime.fromtimestamp(float(claims["exp"]), UTC))
    return token_id


async def register_client(
    tx: AsyncConnection,
    sessions: Sessions,
    caller: Caller,
    *,
    name: str,
    kind: str,
    scopes: Sequence[str],
    purposes: Sequence[str],
    more: Mapping[str, Any],
) -> Credentials:
    """A new client of `kind`, with a write key where it may collect; `more` are other columns of its record.

    Raises what `check_grant` and `check_terms` raise.
    """
    check_grant(scopes, purposes, own_scopes=caller.scopes, own_purposes=caller.purposes)
    check_terms(**{name: more.get(name) for name in ("addresses", "rate", "valid_from", "valid_until")})
    made = _new_credentials(scopes)
    row = _row(sessions, made, name=name, kind=kind, scopes=scopes, purposes=purposes, by=caller.client_id)
    await repository.insert_client(tx, {**row, **more})
    source = more.get("source")
    await _keep_write_key(tx, sessions, made, name, source, caller.client_id)
    return made


async def make_write_key(
    tx: AsyncConnection,
    sessions: Sessions,
    caller: Caller,
    *,
    source: str,
    name: str,
    origins: Sequence[str] | None,
) -> tuple[str, str]:
    """A new write key of a source: its id, and the key itself, which is kept nowhere.

    Raises ScopeMissing where the caller may not collect itself.
    """
    check_grant(["collect:write"], (), own_scopes=caller.scopes, own_purposes=caller.purposes)
    key_id, key = new_id(), new_secret("cdw")
    values = {
        "id": key_id,
        "client_id": None,
        "name": name,
        "source": source,
        "origins": list(origins) if origins is not None else None,
        "key_hash": secret_hash(sessions.hash_key, key),
        "created_by": caller.client_id,
        "created_at": datetime.now(UTC),
    }
    await repository.insert_write_key(tx, values)
    return key_id, key


async def revoke_write_key(tx: AsyncConnection, key_id: str) -> None:
    """Revoke a write key for good; twice is once. Raises NotFound where there is none of that id."""
    if not await repository.revoke_write_key(tx, key_id, datetime.now(UTC)):
        raise NotFound("There is no such write key.")


async def make_first_clients(tx: AsyncConnection, sessions: Sessions, *, file: Path, base_url: str) -> bool:
    """Make the clients of the public contract unless a start before this one did; True where it made them.

    Their secrets go to `file` (mode 0600) before the transaction commits: a crash in between leaves no client
    whose secret nobody knows. A later start only puts its own address into the file. Raises IntegrityError where another replica makes them at this moment.
    """
    if await repository.has_first_clients(tx):
        _keep_address(file, base_url)
        return False
    shown: dict[str, Any] = {"base_url": base_url}
    for first in FIRST_CLIENTS:
        shown[first.name] = await _make_first(tx, sessions, first)
    _write_private(file, msgspec.json.format(msgspec.json.encode(shown)))
    return True


async def _make_first(tx: AsyncConnection, sessions: Sessions, first: FirstClient) -> dict[str, Any]:
    made = _new_credentials(first.scopes)
    row = _row(
        sessions,
        made,
        name=first.name,
        kind=first.name,
        scopes=first.scopes,
        purposes=first.purposes,
        by="first start",
    )
    await repository.insert_client(tx, {**row, "first": first.name, "source": None})
    await _keep_write_key(tx, sessions, made, first.name, None, "first start")
    shown: dict[str, Any] = {"client_id": made.client_id, "client_secret": made.client_secret}
    if first.has_account:
        shown |= await _make_account(tx, first.name, made.client_id)
    if first.name == "collector":
        shown["write_key"] = made.write_key
    if first.name == "partner":
        shown["purposes"] = list(first.purposes)
    return shown


async def _make_account(tx: AsyncConnection, username: str, client_id: str) -> dict[str, str]:
    password = new_secret("cdp")
    values = {"username": username, "password_hash": password_hash(password), "client_id": client_id}
    await repository.insert_account(tx, {**values, "created_at": datetime.now(UTC)})
    return {"username": username, "password": password}


def _new_credentials(scopes: Sequence[str]) -> Credentials:
    write_key = new_secret("cdw") if "collect:write" in scopes else None
    return Credentials(new_id(), new_secret("cds"), write_key)


def _row(
    sessions: Sessions,
    made: Credentials,
    *,
    name: str,
    kind: str,
    scopes: Sequence[str],
    purposes: Sequence[str],
    by: str,
) -> dict[str, Any]:
    return {
        "id": made.client_id,
        "name": name,
        "kind": kind,
        "scopes": list(scopes),
        "purposes": list(purposes),
        "secret_hash": secret_hash(sessions.hash_key, made.client_secret),
        "created_by": by,
        "created_at": datetime.now(UTC),
        "changed_at": datetime.now(UTC),
    }


async def _keep_write_key(
    tx: AsyncConnection, sessions: Sessions, made: Credentials, name: str, source: str | None, by: str
) -> None:
    """The key that a client which collects comes with, under the client's own id."""
    if made.write_key is None:
        return
    values: dict[str, Any] = {
        "id": made.client_id,
        "client_id": made.client_id,
        "name": name,
        "source": source,
    }
    key_hash = secret_hash(sessions.hash_key, made.write_key)
    values |= {"key_hash": key_hash, "created_by": by, "created_at": datetime.now(UTC)}
    await repository.insert_write_key(tx, values)


def _keep_address(file: Path, base_url: str) -> None:
    if not file.exists():  # another replica's, or put away by its owner
        return
    shown = msgspec.json.decode(file.read_bytes())
    if shown.get("base_url") != base_url:
        _write_private(file, msgspec.json.format(msgspec.json.encode({**shown, "base_url": base_url})))


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def keep_revocations(sessions: Sessions) -> Callable[[], Awaitable[None]]:
    """A job that learns what other replicas revoked."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(1.0)
            await sessions.refresh()

    return keep


async def fields_allowed(tx: AsyncConnection, client_id: str) -> frozenset[str] | None:
    """The fields that a client's contract names; None where it names none and all are meant."""
    row = await repository.find_client(tx, client_id)
    if row is None:
        return frozenset()
    return frozenset(row.fields) if row.fields is not None else None


async def reader_of(tx: AsyncConnection, client_id: str) -> Caller | None:
    """A client as a caller, for what is told to it by itself; None where it is closed or its contract is not in force."""
    row = await repository.find_client(tx, client_id)
    if row is None or row.closed_at:
        return None
    terms = terms_of(row)
    if not terms.opens <= time.time() < terms.ends:
        return None
    return Caller(row.id, row.kind, terms.scopes, terms.purposes, row.source)

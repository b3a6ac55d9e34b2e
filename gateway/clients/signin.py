"""Use cases of people who sign in: a password and a one-time code make a token of the client that they act as."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients import repository
from gateway.clients.domain.codes import enrolment_uri, new_code_secret, step_of
from gateway.clients.domain.secret import is_outdated, password_hash, password_matches
from gateway.clients.service import token_for
from gateway.clients.sessions import Sessions
from gateway.errors import CodeNeeded, EnrolmentNeeded
from kernel.errors import Unauthenticated

WRONG = "The user name or the password is wrong."


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody shows of themselves, and what the platform asks for."""

    username: str
    password: str = field(repr=False)
    code: str
    enrol: bool
    """They want to join an authenticator app."""
    address: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What signing in needs: `key` seals the secrets of codes."""

    sessions: Sessions
    key: bytes = field(repr=False)
    needs_codes: bool
    ttl_s: int


async def checked(account: sa.Row[Any] | None, password: str) -> sa.Row[Any]:
    """The account, if that is its password; no account costs as much as a wrong password. Raises Unauthenticated."""
    stored = account.password_hash if account else await asyncio.to_thread(_nobodys)
    matches = await asyncio.to_thread(password_matches, password, stored)
    if account is None or not matches:
        raise Unauthenticated(WRONG)
    return account


@cache
def _nobodys() -> str:
    return password_hash(secrets.token_hex(16))


async def mind_code(tx: AsyncConnection, desk: Desk, account: sa.Row[Any], given: SignIn) -> None:
    """Use the account's one-time code up, or join an authenticator app where there is none yet.

    Raises CodeNeeded; EnrolmentNeeded where the app must be joined first: its members name the secret.
    """
    if account.code_since is None and not (desk.needs_codes or given.enrol):
        return
    secret = _opened(desk, account) if account.code_secret else await _offer(tx, desk, account)
    step = step_of(secret, given.code, time.time(), account.code_step)
    if step is None and account.code_since is None:
        raise _enrolment(secret, account.username)
    if step is None:
        raise CodeNeeded("Send the code that the authenticator app shows; each is good once.")
    since = account.code_since or datetime.now(UTC)
    await repository.change_account(tx, account.username, {"code_step": step, "code_since": since})


async def _offer(tx: AsyncConnection, desk: Desk, account: sa.Row[Any]) -> str:
    nonce = secrets.token_bytes(12)
    secret = new_code_secret()
    sealed = nonce + AESGCM(desk.key).encrypt(nonce, secret.encode(), account.username.encode())
    await repository.change_account(tx, account.username, {"code_secret": sealed})
    return secret


def _opened(desk: Desk, account: sa.Row[Any]) -> str:
    sealed = account.code_secret
    return AESGCM(desk.key).decrypt(sealed[:12], sealed[12:], account.username.encode()).decode()


def _enrolment(secret: str, username: str) -> EnrolmentNeeded:
    fault = EnrolmentNeeded("Join the authenticator app, and sign in again with the code that it shows.")
    fault.members = {"secret": secret, "otpauth_uri": enrolment_uri(secret, username)}
    return fault


async def session_of(tx: AsyncConnection, desk: Desk, account: sa.Row[Any], given: SignIn) -> dict[str, Any]:
    """A token of the client that the account acts as. Raises Unauthenticated where that one is closed, and what
    `token_for` raises."""
    row = await repository.find_client(tx, account.client_id)
    if row is None or row.closed_at:
        raise Unauthenticated(WRONG)
    if given.password and is_outdated(account.password_hash):
        made = await asyncio.to_thread(password_hash, given.password)
        await repository.change_account(tx, account.username, {"password_hash": made})
    return {**token_for(desk.sessions, row, row.scopes, desk.ttl_s, given.address), "client_id": row.id}

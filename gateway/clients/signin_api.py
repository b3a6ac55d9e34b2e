"""The doors of people who sign in."""

from typing import Any

from fastapi import APIRouter, Request

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients import repository, signin
from gateway.clients.schemas import NewSession, SessionAnswer
from gateway.errors import CodeNeeded, EnrolmentNeeded
from gateway.parts import Parts, address_of, parts_of
from kernel.errors import Fault, TooMany, Unauthenticated

router = APIRouter(tags=["clients"])


@router.post("/v1/sessions", status_code=201, response_model=SessionAnswer)
async def sign_in(request: Request, body: NewSession) -> dict[str, Any]:
    """Sign in with user name, password and, where the account has an authenticator app, its code.

    The answer is an access token of the client that the account acts as: send it as any other, end it at
    `POST /oauth/revoke`. 401 `unauthenticated` for a wrong name or password, 401 `code-needed` for a missing, wrong or
    used code, 403 `enrolment-needed` with `secret` and `otpauth_uri` where an app must be joined first (wherever the
    gateway is reached beyond loopback, or `enrol` asks for it), 429 after too many refusals.
    """
    parts = parts_of(request)
    given = signin.SignIn(body.username, body.password, body.code, body.enrol, address_of(request))
    await _mind_guessing(parts, given)
    try:
        return await _signed_in(parts, given)
    except (Unauthenticated, CodeNeeded) as fault:
        await _note_refusal(parts, given, fault)
        raise


async def _signed_in(parts: Parts, given: signin.SignIn) -> dict[str, Any]:
    desk = desk_of(parts)
    async with parts.database.snapshot() as connection:
        account = await repository.find_account(connection, given.username)
    account = await signin.checked(account, given.password)
    async with parts.database.transaction() as tx:
        account = await repository.find_account(tx, given.username) or account
        refusal = await _refusal(tx, desk, account, given)
        if refusal is None:
            answer = await signin.session_of(tx, desk, account, given)
            await record(tx, parts.audit_key, [Entry(account.client_id, "login", "allow", "password")])
    if refusal is not None:
        raise refusal
    return answer


async def _refusal(tx: Any, desk: signin.Desk, account: Any, given: signin.SignIn) -> Fault | None:
    """Why the code does not do; what was offered to join is kept all the same."""
    try:
        await signin.mind_code(tx, desk, account, given)
    except (CodeNeeded, EnrolmentNeeded) as fault:
        return fault
    return None


def desk_of(parts: Parts) -> signin.Desk:
    """What signing in needs."""
    settings = parts.settings
    return signin.Desk(parts.sessions, parts.account_key, settings.needs_codes(), settings.session_ttl_s)


async def _mind_guessing(parts: Parts, given: signin.SignIn) -> None:
    """Raises TooMany where this address, or this account, was refused too often of late."""
    for key in (given.address, f"account {given.username}"):
        quota = await parts.refusals.look(key)
        if not quota.allowed:
            raise TooMany("Too many refused credentials.", headers={"Retry-After": str(quota.reset_s)})


async def _note_refusal(parts: Parts, given: signin.SignIn, fault: Fault) -> None:
    await parts.refusals.take(given.address)
    await parts.refusals.take(f"account {given.username}")
    async with parts.database.transaction() as tx:  # what was typed may be anything: it is not kept
        await record(tx, parts.audit_key, [Entry("unknown", "login", "deny", fault.code)])

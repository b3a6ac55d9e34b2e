"""Signing in: a code to the phone, and another fact where the number alone does not say who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.audit.domain import Decision, Entry
from gateway.audit.service import record
from gateway.consent import service as consents
from gateway.parts import Parts
from gateway.preferences import repository
from gateway.preferences.domain import (
    AFTER_CODE,
    SECOND_FACTORS,
    SECOND_TRIES,
    SIGN_IN,
    SIGNED_IN,
    Stage,
    hash_of,
    new_token,
    stage_for,
)
from kernel.errors import Fault, Gone, InvalidInput, NotFound, TooMany, Unavailable
from kernel.phone import inspect
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import Reply, call
from kernel.web.vault import Disclosure

SELF = "data-subject"
"""Who acts, in the audit, where people look after their own data."""
_AT_VERIFY = Caller("privacy-page", "service")


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at the page. `token` is theirs alone."""

    token: str = field(repr=False)
    stage: Stage
    subject: str | None
    number_hash: str = field(repr=False)
    verification_id: str = ""
    tries: int = 0


async def find_visit(parts: Parts, token: str | None) -> Visit | None:
    """The visit that a cookie belongs to; None where it is over."""
    if not token:
        return None
    async with parts.database.snapshot() as connection:
        row = await repository.find(connection, _kept(parts, token), datetime.now(UTC))
    if row is None:
        return None
    return Visit(
        token, Stage(row.stage), row.subject, row.number_hash or "", row.verification_id or "", row.tries
    )


async def send_code(parts: Parts, phone: str, lang: str, address: str | None) -> Visit:
    """Send a code to a number, whether anybody is known by it or not: the answer looks the same.

    Raises InvalidInput where it is no Vietnamese mobile number, TooMany where it had its codes, Unavailable.
    """
    report = inspect(phone)
    if not report.valid or report.type != "mobile" or not report.e164:
        raise InvalidInput("That is no Vietnamese mobile number.")
    number = report.e164
    found = await parts.ingest.resolve({"phone": number}, create=False, count=True)
    subject, people = (None, 0) if found.erased else (found.subject_id, found.people)
    asked = {"phone": number, "purpose": "legal"}
    evidence = _told(await _ask_verify(parts, "/v1/phones/evidence", asked))
    days = parts.settings.privacy_verified_days
    stage = stage_for(subject, people, evidence, datetime.now(UTC), days)
    context = {"context": {"ip": address}} if address else {}
    sent = await _ask_verify(parts, "/v1/verifications", {**asked, "locale": lang, **context})
    opened = _told(sent)
    kept = hash_of(parts.ask_key, "number", number)
    return await _begin(parts, Visit(new_token(), stage, subject, kept, str(opened["id"])), SIGN_IN)


async def check_code(parts: Parts, visit: Visit, code: str) -> Visit | None:
    """The visit once the code was right, under a new token; None where it was not. Raises TooMany, Unavailable."""
    path = f"/v1/verifications/{visit.verification_id}/check"
    reply = await _ask_verify(parts, path, {"code": code.strip()})
    if reply.status == 422:
        return None
    _told(reply)
    stage = AFTER_CODE[visit.stage]
    return await _move_on(parts, visit, stage, visit.subject if stage is Stage.IN else None)


async def check_second(parts: Parts, visit: Visit, kind: str, value: str) -> Visit | None:
    """The visit of the one person at this number whom the fact leads to; None where it leads to nobody here.

    Raises TooMany after SECOND_TRIES: then an officer has to look. Raises Unavailable.
    """
    if visit.tries >= SECOND_TRIES:
        raise TooMany("Too many tries.")
    subject = await _person_by(parts, visit, kind, value) if kind in SECOND_FACTORS else None
    if subject is None:
        async with parts.database.transaction() as tx:
            await repository.count_try(tx, _kept(parts, visit.token))
            await record(tx, parts.audit_key, [_login("deny", "second-factor", visit.subject)])
        return None
    return await _move_on(parts, visit, Stage.IN, subject)


async def sign_out(parts: Parts, visit: Visit) -> None:
    """End the visit."""
    async with parts.database.transaction() as tx:
        await repository.end(tx, _kept(parts, visit.token))


async def _person_by(parts: Parts, visit: Visit, kind: str, value: str) -> str | None:
    """Whom the fact leads to, if the number that was proved is theirs as well."""
    try:
        found = await parts.ingest.resolve({kind: value}, create=False)
        if found.subject_id is None or found.erased:
            return None
        async with parts.database.snapshot() as connection:
            _, origins = await consents.person_of(connection, found.subject_id)
        for origin in origins:
            asked = Disclosure(origin, ("phone",), "legal", SELF)
            phone = (await parts.ingest.reveal(asked)).get("phone")
            if phone and hash_of(parts.ask_key, "number", str(phone)) == visit.number_hash:
                return found.subject_id
    except (Gone, NotFound, InvalidInput):
        return None
    return None


async def _begin(parts: Parts, visit: Visit, lasts: timedelta) -> Visit:
    async with parts.database.transaction() as tx:
        await repository.add(tx, _row(parts, visit, lasts))
    return visit


async def _move_on(parts: Parts, visit: Visit, stage: Stage, subject: str | None) -> Visit:
    """A new token at each step: one that somebody planted opens nothing."""
    moved = Visit(new_token(), stage, subject, visit.number_hash)
    async with parts.database.transaction() as tx:
        await repository.end(tx, _kept(parts, visit.token))
        await repository.add(tx, _row(parts, moved, SIGNED_IN if stage is Stage.IN else SIGN_IN))
        if stage is Stage.IN:
            await record(tx, parts.audit_key, [_login("allow", "privacy page", subject)])
    return moved


def _row(parts: Parts, visit: Visit, lasts: timedelta) -> Mapping[str, Any]:
    now = datetime.now(UTC)
    return {
        "token_hash": _kept(parts, visit.token),
        "subject": visit.subject,
        "stage": visit.stage.value,
        "verification_id": visit.verification_id or None,
        "number_hash": visit.number_hash or None,
        "tries": 0,
        "created_at": now,
        "expires_at": now + lasts,
    }


def _kept(parts: Parts, token: str) -> str:
    return hash_of(parts.ask_key, "visit", token)


def _login(decision: Decision, reason: str, subject: str | None) -> Entry:
    return Entry(SELF, "login", decision, reason, subject)


async def _ask_verify(parts: Parts, path: str, body: dict[str, Any]) -> Reply:
    app = parts.upstreams.get("verify")
    if app is None:
        raise Unavailable("The verify service is not connected.")
    headers = ((HEADER, parts.internal.mint(_AT_VERIFY).encode()), (b"content-type", b"application/json"))
    try:
        reply = await call(app, "POST", path, headers=headers, body=msgspec.json.encode(body))
    except OSError as error:
        raise Unavailable("The verify service does not answer now.") from error
    if reply.status == 429:
        raise TooMany("The number had its codes.")
    return reply


def _told(reply: Reply) -> dict[str, Any]:
    refusal: Fault = Unavailable("The verify service does not answer now.")
    if reply.status >= 300:
        raise refusal
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise refusal from error

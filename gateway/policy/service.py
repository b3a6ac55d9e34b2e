"""Use cases of policy: what a client may see of a person, decided and put on record before anything is revealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.clients.service import fields_allowed
from gateway.consent.domain import Standing
from gateway.consent.service import standing_of
from gateway.errors import AuditUnavailable
from gateway.ingest import Disclosure, IngestDoors
from gateway.policy.domain import FIELDS, Asked, Outcome, asked_of, decide, shown
from kernel.errors import ConsentMissing
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.telemetry import metrics
from kernel.web.internal import Caller


@dataclass(frozen=True, slots=True)
class Ask:
    """A client's question about one person."""

    caller: Caller
    subject: str
    purpose: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: per field, about the person as they stand now."""

    id: str
    standing: Standing
    outcomes: Mapping[str, Outcome]


async def decide_read(database: Database, audit_key: bytes, ask: Ask) -> Decision:
    """Decide field by field on the consent of this moment, and put it on record.

    Raises ConsentMissing where the purpose is not open at all (on record, too), AuditUnavailable where the decision
    cannot be recorded: then nothing may be revealed.
    """
    try:
        async with database.transaction() as tx:
            decision = await _decided(tx, ask)
            fault = _closed(decision, ask)
            await record(tx, audit_key, [_entry(decision, ask, "deny" if fault else "allow")])
    except sa.exc.SQLAlchemyError as error:
        raise AuditUnavailable from error
    metrics().decisions.labels("deny" if fault else "allow", fault.code if fault else "policy").inc()
    if fault:
        raise fault
    return decision


async def _decided(tx: AsyncConnection, ask: Ask) -> Decision:
    standing = await standing_of(tx, ask.subject)
    allowed = await fields_allowed(tx, ask.caller.client_id)
    outcomes = {
        field: decide(_asked(ask, standing, field, allowed is None or field in allowed))
        for field in ask.fields or FIELDS
    }
    return Decision(new_id(), standing, outcomes)


def _asked(ask: Ask, standing: Standing, field: str, allowed: bool) -> Asked:
    return asked_of(
        field,
        kind=ask.caller.kind,
        purpose=ask.purpose,
        consented=ask.purpose in standing.in_force,
        unrestricted=not standing.restricted,
        allowed_field=allowed,
    )


def _closed(decision: Decision, ask: Ask) -> ConsentMissing | None:
    """The refusal where every field is withheld for want of consent, or because the person restricted the use."""
    if any(outcome.disclosure != "withheld" for outcome in decision.outcomes.values()):
        return None
    if ask.purpose not in decision.standing.in_force:
        return ConsentMissing(f"The person does not consent to {ask.purpose}.")
    return (
        ConsentMissing("The person asked that their data only be kept.")
        if decision.standing.restricted
        else None
    )


def _entry(decision: Decision, ask: Ask, verdict: Any) -> Entry:
    seen = tuple(name for name, outcome in decision.outcomes.items() if outcome.disclosure != "withheld")
    reason = "policy" if verdict == "allow" else "consent-missing"
    return Entry(ask.caller.client_id, "read", verdict, reason, ask.subject, ask.purpose, seen, decision.id)


async def disclose(
    ingest: IngestDoors, ask: Ask, decision: Decision, secret: bytes
) -> dict[str, dict[str, Any]]:
    """The fields as decided. Raises NotFound, Gone (erased), Unavailable."""
    wanted = [name for name, outcome in decision.outcomes.items() if outcome.disclosure != "withheld"]
    values = await _revealed(ingest, ask, decision.standing.origins, wanted)
    return {
        name: {
            "value": shown(name, values[name], outcome.disclosure, secret) if name in values else None,
            "disclosure": outcome.disclosure,
            "reason": outcome.reason if name in values or outcome.disclosure == "withheld" else "not-known",
        }
        for name, outcome in decision.outcomes.items()
    }


async def _revealed(
    ingest: IngestDoors, ask: Ask, origins: Sequence[str], fields: Sequence[str]
) -> dict[str, str]:
    """What the vault knows of every origin; of the same field the id that is read now comes first."""
    values: dict[str, str] = {}
    for origin in origins:
        grant = Disclosure(origin, fields, ask.purpose, ask.caller.client_id)
        values = {**await ingest.reveal(grant), **values}
    return values


async def note_lookup(
    database: Database, audit_key: bytes, caller: Caller, subject: str | None, purpose: str
) -> bool:
    """Put a lookup on record; True where the person is known and consents to `purpose` now (or a duty needs none)."""
    try:
        async with database.transaction() as tx:
            standing = await standing_of(tx, subject) if subject else None
            duty = purpose == "legal" and caller.kind == "privacy_officer"
            open_ = standing is not None and (
                duty or (purpose in standing.in_force and not standing.restricted)
            )
            reason = "policy" if open_ else "consent-missing" if subject else "not-found"
            entry = Entry(caller.client_id, "lookup", "allow" if open_ else "deny", reason, subject, purpose)
            await record(tx, audit_key, [entry])
    except sa.exc.SQLAlchemyError as error:
        raise AuditUnavailable from error
    metrics().decisions.labels("allow" if open_ else "deny", reason).inc()
    return open_

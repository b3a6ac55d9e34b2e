"""Use cases of policy: what a client may see of a person, decided and put on record before anything is revealed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.domain import Action, Entry
from gateway.audit.domain import Decision as Verdict
from gateway.audit.service import record
from gateway.clients.service import fields_allowed
from gateway.consent.domain import Standing
from gateway.consent.service import standing_of
from gateway.errors import AuditUnavailable
from gateway.policy.domain import FIELDS, Admission, Asked, Fact, Outcome, admit, class_of, decide, shown
from kernel.errors import ConsentMissing, Fault, PurposeNotAllowed
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.telemetry import metrics
from kernel.web.internal import Caller
from kernel.web.vault import Disclosure, VaultDoors

LEGAL = "legal"
NOBODY = Admission(allowed=False, reason="not-found")


@dataclass(frozen=True, slots=True)
class Ask:
    """A client's question about one person."""

    caller: Caller
    subject: str
    purpose: str
    fields: tuple[str, ...] = ()
    """All where none is named."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: whether the person may be known of, and per field, as they stand now."""

    id: str
    standing: Standing
    admission: Admission
    outcomes: Mapping[str, Outcome]

    @property
    def seen(self) -> tuple[str, ...]:
        """The fields that are disclosed in some way."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome.disclosure != "withheld")


async def decide_read(database: Database, audit_key: bytes, ask: Ask) -> Decision:
    """Decide field by field on the consent of this moment, and put it on record.

    Raises ConsentMissing where the purpose is not open at all (on record, too), PurposeNotAllowed where the client
    may not declare it, AuditUnavailable where the decision cannot be recorded: then nothing may be revealed.
    """
    async with _recording(database) as tx:
        decision = await _decided(tx, ask)
        if decision.admission.allowed:
            decision = await _with_outcomes(tx, ask, decision)
        await record(tx, audit_key, [_entry("read", ask, decision)])
    _count(decision)
    if not decision.admission.allowed:
        raise _refusal(decision.admission, ask.purpose)
    return decision


async def decide_lookup(database: Database, audit_key: bytes, ask: Ask) -> Decision:
    """Decide whether the caller may know of the person, and put it on record.

    Raises ConsentMissing, PurposeNotAllowed, or AuditUnavailable where the decision cannot be recorded.
    """
    async with _recording(database) as tx:
        decision = await _decided(tx, ask)
        await record(tx, audit_key, [_entry("lookup", ask, decision)])
    _count(decision)
    if not decision.admission.allowed:
        raise _refusal(decision.admission, ask.purpose)
    return decision


async def note_miss(database: Database, audit_key: bytes, caller: Caller, purpose: str) -> None:
    """Put on record that a lookup led to nobody. Raises AuditUnavailable."""
    async with _recording(database) as tx:
        entry = Entry(caller.client_id, "lookup", "deny", NOBODY.reason, purpose=purpose)
        await record(tx, audit_key, [entry])
    metrics().decisions.labels("deny", NOBODY.reason).inc()


async def decide_held(
    database: Database, audit_key: bytes, caller: Caller, subject: str, purpose: str
) -> None:
    """Put on record that a legal hold is looked into, or that it was refused.

    What law demands to keep is there for the purpose `legal` alone. Raises PurposeNotAllowed, AuditUnavailable: then
    nothing may be revealed.
    """
    allowed = purpose == LEGAL and purpose in caller.purposes
    decision: Verdict = "allow" if allowed else "deny"
    reason = "legal-hold" if allowed else "purpose-not-allowed"
    async with _recording(database) as tx:
        entry = Entry(
            client_id=caller.client_id,
            action="reveal",
            decision=decision,
            reason=reason,
            subject=subject,
            purpose=purpose,
            decision_id=new_id(),
        )
        await record(tx, audit_key, [entry])
    metrics().decisions.labels(decision, reason).inc()
    if not allowed:
        raise PurposeNotAllowed("What a legal hold keeps is there for the purpose legal alone.")


async def disclose(
    ingest: VaultDoors, ask: Ask, decision: Decision, secret: bytes
) -> dict[str, dict[str, Any]]:
    """The fields as decided. Raises NotFound, Gone (erased), Unavailable."""
    values = await _revealed(ingest, ask, decision)
    return {
        name: {
            "value": shown(name, values[name], outcome.disclosure, secret) if name in values else None,
            "disclosure": outcome.disclosure,
            "reason": outcome.reason if name in values or outcome.disclosure == "withheld" else "not-known",
        }
        for name, outcome in decision.outcomes.items()
    }


@asynccontextmanager
async def _recording(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction whose audit entry is durable once the block has ended. Raises AuditUnavailable where it is not."""
    try:
        async with database.transaction() as tx:
            yield tx
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise AuditUnavailable from error


async def _decided(tx: AsyncConnection, ask: Ask) -> Decision:
    standing = await standing_of(tx, ask.subject)
    admission = admit(ask.caller.kind, ask.purpose, _facts(ask, standing))
    return Decision(new_id(), standing, admission, {})


async def _with_outcomes(tx: AsyncConnection, ask: Ask, decision: Decision) -> Decision:
    allowed = await fields_allowed(tx, ask.caller.client_id)
    facts = _facts(ask, decision.standing)
    outcomes = {
        field: decide(Asked(ask.caller.kind, ask.purpose, class_of(field), facts | _granted(allowed, field)))
        for field in ask.fields or FIELDS
    }
    return Decision(decision.id, decision.standing, decision.admission, outcomes)


def _facts(ask: Ask, standing: Standing) -> frozenset[Fact]:
    known = {
        Fact.CONSENT: ask.purpose in standing.in_force,
        Fact.UNRESTRICTED: not standing.restricted,
        Fact.PURPOSE_GRANTED: ask.purpose in ask.caller.purposes,
    }
    return frozenset(fact for fact, holds in known.items() if holds)


def _granted(allowed: frozenset[str] | None, field: str) -> frozenset[Fact]:
    """A contract that names a whole (`address`, `social`) names its parts."""
    named = allowed is None or not allowed.isdisjoint((field, field.partition(".")[0]))
    return frozenset({Fact.FIELD_GRANTED}) if named else frozenset()


def _entry(action: Action, ask: Ask, decision: Decision) -> Entry:
    """Names the fields that are disclosed, of a refusal those asked for; what a client made up is not repeated."""
    named = decision.seen if decision.admission.allowed else ask.fields
    fields = dict.fromkeys("social" if name.startswith("social.") else name for name in named)
    return Entry(
        client_id=ask.caller.client_id,
        action=action,
        decision="allow" if decision.admission.allowed else "deny",
        reason=decision.admission.reason,
        subject=ask.subject,
        purpose=ask.purpose,
        fields=tuple(fields),
        decision_id=decision.id,
    )


def _count(decision: Decision) -> None:
    verdict = "allow" if decision.admission.allowed else "deny"
    metrics().decisions.labels(verdict, decision.admission.reason).inc()


def _refusal(admission: Admission, purpose: str) -> Fault:
    if admission.reason == "purpose-not-allowed":
        return PurposeNotAllowed(f"The client may not use the purpose {purpose}.")
    if admission.reason == "restricted":
        return ConsentMissing("The person asked that their data only be kept.")
    return ConsentMissing(f"The person does not consent to {purpose}.")


async def _revealed(ingest: VaultDoors, ask: Ask, decision: Decision) -> dict[str, Any]:
    """What the vault knows over all origins of the person; what the id that is read now tells comes first.

    That one is asked even where no field is to be seen: nobody, and an erased person, are other answers.
    """
    standing = decision.standing
    values = await _asked_of(ingest, ask, standing.subject, decision.seen)
    for origin in standing.origins:
        missing = [name for name in decision.seen if name not in values]
        if missing and origin != standing.subject:
            values |= await _asked_of(ingest, ask, origin, missing)
    return values


async def _asked_of(ingest: VaultDoors, ask: Ask, origin: str, fields: Sequence[str]) -> dict[str, Any]:
    return await ingest.reveal(Disclosure(origin, fields, ask.purpose, ask.caller.client_id))

"""Use cases of policy: what a client may see of a person, decided and put on record before anything is revealed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.alerts.service import raise_alert
from gateway.audit.domain import Action, Entry
from gateway.audit.domain import Decision as Verdict
from gateway.audit.service import record
from gateway.consent.domain import Standing
from gateway.consent.notices import Notices
from gateway.consent.service import standing_of, standings_of
from gateway.errors import AuditUnavailable, GuardianMissing, RecipientNotNamed, TransferNotAllowed
from gateway.parts import Parts
from gateway.policy.domain import (
    FIELDS,
    NOT_NEEDED,
    Admission,
    Asked,
    Fact,
    Outcome,
    admit,
    class_of,
    decide,
    shown,
    unseal,
)
from gateway.register.domain import Contract
from gateway.register.service import contract_of
from kernel.errors import ConsentMissing, Fault, Gone, PurposeNotAllowed
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.telemetry import metrics
from kernel.web.internal import Caller
from kernel.web.vault import Disclosure, VaultDoors

LEGAL = "legal"
OURS = Contract(None, frozenset())
"""Our own people are in the country, and what a notice says of recipients does not mean them."""
_OUR_KINDS = frozenset({"operator", "privacy_officer", "collector"})
_REFUSALS: Mapping[str, type[Fault]] = {
    "guardian-missing": GuardianMissing,
    "recipient-not-named": RecipientNotNamed,
    "transfer-not-allowed": TransferNotAllowed,
}
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
    facts: frozenset[Fact] = frozenset()
    contract: Contract = OURS

    @property
    def seen(self) -> tuple[str, ...]:
        """The fields that are disclosed in some way."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome.disclosure != "withheld")


async def decide_read(parts: Parts, ask: Ask) -> Decision:
    """Decide field by field on the consent of this moment, and put it on record.

    Raises ConsentMissing where the purpose is not open at all (on record, too; GuardianMissing, RecipientNotNamed and
    TransferNotAllowed are such), PurposeNotAllowed where the client may not declare it, AuditUnavailable where the
    decision cannot be recorded: then nothing may be revealed. Raises Gone (erased).
    """
    decision: Decision = await parts.reads.ask(ask, partial(_read_together, parts))
    return _admitted(ask, decision)


async def _read_together(parts: Parts, asks: Sequence[Ask]) -> Sequence[Decision | Exception]:
    """Decide on all that wait, in one transaction, and put it on record before any of them hears of it."""
    try:
        async with _recording(parts.database) as tx:
            decisions = await _decided_all(tx, parts, asks)
            made = [(ask, one) for ask, one in zip(asks, decisions, strict=True) if isinstance(one, Decision)]
            await record(tx, parts.audit_key, [_entry("read", ask, decision) for ask, decision in made])
    except AuditUnavailable:
        return [AuditUnavailable() for _ in asks]
    return decisions


async def _decided_all(
    tx: AsyncConnection, parts: Parts, asks: Sequence[Ask]
) -> Sequence[Decision | Exception]:
    standings = await standings_of(tx, sorted({ask.subject for ask in asks}))
    contracts = {one: await contract_of(tx, one) for one in sorted({ask.caller.client_id for ask in asks})}
    wanted = {
        key
        for ask in asks
        if (standing := standings.get(ask.subject))
        for key in standing.notices.get(ask.purpose, ())
    }
    await parts.notices.fresh(tx, wanted)
    decisions: list[Decision | Exception] = []
    for ask in asks:
        standing = standings.get(ask.subject)
        if standing is None:
            decisions.append(Gone())
            continue
        decision = _decision_on(ask, standing, parts.notices, contracts[ask.caller.client_id])
        decisions.append(_with_outcomes(ask, decision) if decision.admission.allowed else decision)
    return decisions


async def decide_lookup(parts: Parts, ask: Ask) -> Decision:
    """Decide whether the caller may know of the person, and put it on record.

    Raises ConsentMissing, PurposeNotAllowed, or AuditUnavailable where the decision cannot be recorded.
    """
    ours = ask.caller.kind in _OUR_KINDS
    async with _recording(parts.database) as tx:
        contract = OURS if ours else await contract_of(tx, ask.caller.client_id)
        decision = await decided(tx, parts.notices, ask, contract)
        await record(tx, parts.audit_key, [_entry("lookup", ask, decision)])
    return _admitted(ask, decision)


async def decide_unseal(parts: Parts, ask: Ask, why: str) -> Decision:
    """Break the seal on fields in an emergency: all of them clear, announced and on record before.

    `why` is kept without what identifies. Raises ConsentMissing and PurposeNotAllowed as a read does, and
    PurposeNotAllowed where no emergency opens the purpose to the client; AuditUnavailable.
    """
    async with _recording(parts.database) as tx:
        decision = await decided(tx, parts.notices, ask, await contract_of(tx, ask.caller.client_id))
        seal = unseal(ask.caller.kind, ask.purpose, decision.facts)
        allowed = decision.admission.allowed and seal.allowed
        if allowed:
            granted = [name for name in ask.fields if decision.contract.has_granted(name)]
            outcomes = {name: Outcome("clear", seal.reason) for name in granted}
            decision = replace(decision, admission=seal, outcomes=outcomes)
            await raise_alert(tx, "emergency", decision.id, client_id=ask.caller.client_id, why=why)
        elif decision.admission.allowed:
            decision = replace(decision, admission=seal)
        entry = _entry("reveal", ask, decision)
        await record(tx, parts.audit_key, [entry._replace(context={**(entry.context or {}), "why": why})])
    return _admitted(ask, decision)


async def note_miss(parts: Parts, caller: Caller, purpose: str) -> None:
    """Put on record that a lookup led to nobody. Raises AuditUnavailable."""
    async with _recording(parts.database) as tx:
        entry = Entry(caller.client_id, "lookup", "deny", NOBODY.reason, purpose=purpose)
        await record(tx, parts.audit_key, [entry])
    metrics().decisions.labels("deny", NOBODY.reason).inc()


async def decide_held(parts: Parts, caller: Caller, subject: str, purpose: str) -> None:
    """Put on record that a legal hold is looked into, or that it was refused.

    What law demands to keep is there for the purpose `legal` alone. Raises PurposeNotAllowed, AuditUnavailable: then
    nothing may be revealed.
    """
    allowed = purpose == LEGAL and purpose in caller.purposes
    decision: Verdict = "allow" if allowed else "deny"
    reason = "legal-hold" if allowed else "purpose-not-allowed"
    async with _recording(parts.database) as tx:
        entry = Entry(
            client_id=caller.client_id,
            action="reveal",
            decision=decision,
            reason=reason,
            subject=subject,
            purpose=purpose,
            decision_id=new_id(),
        )
        await record(tx, parts.audit_key, [entry])
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


async def decided(tx: AsyncConnection, notices: Notices, ask: Ask, contract: Contract) -> Decision:
    """Whether the client may know of the person, by what is so at this moment. Raises Gone (erased)."""
    standing = await standing_of(tx, ask.subject)
    await notices.fresh(tx, standing.notices.get(ask.purpose, frozenset()))
    return _decision_on(ask, standing, notices, contract)


def _decision_on(ask: Ask, standing: Standing, notices: Notices, contract: Contract) -> Decision:
    facts = facts_of(ask, standing, notices, contract)
    return Decision(new_id(), standing, admit(ask.caller.kind, ask.purpose, facts), {}, facts, contract)


def _with_outcomes(ask: Ask, decision: Decision) -> Decision:
    outcomes = {
        field: decide(asked_of(ask, field, decision.facts, decision.contract))
        for field in ask.fields or FIELDS
    }
    return replace(decision, outcomes=outcomes)


def asked_of(ask: Ask, field: str, facts: frozenset[Fact], contract: Contract) -> Asked:
    """What the decision about one field depends on."""
    granted = frozenset({Fact.FIELD_GRANTED}) if contract.has_granted(field) else frozenset[Fact]()
    return Asked(ask.caller.kind, ask.purpose, class_of(field), facts | granted)


def facts_of(ask: Ask, standing: Standing, notices: Notices, contract: Contract) -> frozenset[Fact]:
    """What is known to be so; what is not known is left out, and denies."""
    promises = [notices.of(key) for key in standing.notices.get(ask.purpose, ())]
    named = all(one is not None and contract.is_named_in(one.recipients) for one in promises)
    known = {
        Fact.CONSENT: ask.purpose in standing.in_force and None not in promises,
        Fact.UNRESTRICTED: not standing.restricted,
        Fact.PURPOSE_GRANTED: ask.purpose in ask.caller.purposes,
        Fact.REPRESENTED: ask.purpose not in standing.unguarded,
        Fact.NAMED: named or not ask.caller.is_partner,
        Fact.DOMESTIC: contract.is_domestic(ask.purpose),
    }
    return frozenset(fact for fact, holds in known.items() if holds)


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
        context={
            "kind": ask.caller.kind,
            "facts": sorted(decision.facts),
            "asked": [name for name in ask.fields if not name.startswith("social.")] or None,
            "granted": sorted(decision.contract.fields) if decision.contract.fields is not None else None,
        },
    )


def _admitted(ask: Ask, decision: Decision) -> Decision:
    _count(decision)
    if not decision.admission.allowed:
        raise _refusal(decision.admission, ask.purpose)
    return decision


def _count(decision: Decision) -> None:
    verdict = "allow" if decision.admission.allowed else "deny"
    metrics().decisions.labels(verdict, decision.admission.reason).inc()


def _refusal(admission: Admission, purpose: str) -> Fault:
    if admission.reason == "purpose-not-allowed":
        return PurposeNotAllowed(f"The client may not use the purpose {purpose}.")
    if admission.reason in _REFUSALS:
        return _REFUSALS[admission.reason](f"It would be needed for {purpose}.")
    if admission.reason == NOT_NEEDED:
        return PurposeNotAllowed(f"No emergency opens {purpose} to this client.")
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

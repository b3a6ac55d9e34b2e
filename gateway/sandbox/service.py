"""Use cases of the sandbox: the real policies decide about people who do not exist."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients import changes
from gateway.clients.service import Credentials, fields_allowed, register_client
from gateway.clients.sessions import Sessions
from gateway.errors import PartnersOnly
from gateway.policy.domain import FIELDS, Asked, Fact, Outcome, admit, class_of, decide, shown
from gateway.sandbox.domain import SCOPES, Invented
from kernel.errors import ConsentMissing
from kernel.web.internal import Caller


async def make_test_client(
    tx: AsyncConnection, sessions: Sessions, partner_id: str, by: Caller | None = None
) -> Credentials:
    """A test client with what the partner holds of the sandbox's scopes, its purposes and its fields."""
    row = await changes.found(tx, partner_id)
    if row.kind != "partner" or row.sandbox_of:
        raise PartnersOnly("The sandbox is for partners.")
    scopes = [scope for scope in row.scopes if scope in SCOPES]
    holder = by or Caller(row.id, row.kind, frozenset(row.scopes), frozenset(row.purposes))
    return await register_client(
        tx,
        sessions,
        holder,
        name=f"{row.name} (test)"[:200],
        kind="partner",
        scopes=scopes,
        purposes=row.purposes,
        more={"fields": row.fields, "sandbox_of": row.id},
    )


def facts_of(person: Invented, caller: Caller, purpose: str) -> frozenset[Fact]:
    """Everything holds but what the person is there to show, and what the client lacks."""
    absent = {fact for fact in Fact if fact.value in person.without}
    if purpose not in caller.purposes:
        absent.add(Fact.PURPOSE_GRANTED)
    return frozenset(Fact) - absent


def mind_admission(person: Invented, caller: Caller, purpose: str) -> None:
    """Raises ConsentMissing where the client may not know of the person."""
    if not admit(caller.kind, purpose, facts_of(person, caller, purpose)).allowed:
        raise ConsentMissing(f"The person does not consent to {purpose}.")


async def outcomes(
    tx: AsyncConnection, person: Invented, caller: Caller, purpose: str, fields: Sequence[str]
) -> dict[str, Outcome]:
    """What the policies say of each field."""
    contract = await fields_allowed(tx, caller.client_id)
    facts, decided = facts_of(person, caller, purpose), {}
    for field in fields or FIELDS:
        named = contract is None or not contract.isdisjoint((field, field.partition(".")[0]))
        held = facts if named else facts - {Fact.FIELD_GRANTED}
        decided[field] = decide(Asked(caller.kind, purpose, class_of(field), held))
    return decided


def view(person: Invented, decided: dict[str, Outcome], secret: bytes) -> dict[str, dict[str, Any]]:
    """The fields as they are disclosed."""
    return {
        name: {
            "value": shown(name, person.fields[name], outcome.disclosure, secret)
            if name in person.fields
            else None,
            "disclosure": outcome.disclosure,
            "reason": outcome.reason
            if name in person.fields or outcome.disclosure == "withheld"
            else "not-known",
        }
        for name, outcome in decided.items()
    }

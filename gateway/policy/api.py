"""The doors to people: look one up, read their fields for a purpose."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of, shown_id
from gateway.policy import service, trials
from gateway.policy.domain import unknown_fields
from gateway.policy.schemas import (
    Found,
    HeldList,
    Lookup,
    PersonView,
    Replay,
    Replayed,
    Simulated,
    Simulation,
    TimelineView,
    Unsealing,
)
from kernel.errors import ConsentMissing, FieldError, InvalidInput, NotFound
from kernel.privacy.redaction import redact
from kernel.web.doors import caller_of, id_in
from kernel.web.pages import Cursor, Limit

router = APIRouter(tags=["people"])

Purpose = Annotated[str, Query(description="What the data is wanted for; the client must hold it.")]
MOST_FIELDS = 60
NOBODY = "There is no such person."


@router.post("/v1/subjects/lookup", response_model=Found)
async def look_up_person(request: Request, body: Lookup, purpose: Purpose) -> dict[str, Any]:
    """Identifiers to a person. 404 where nobody is known, or was erased; for a partner also where the person does
    not consent to the purpose, which others learn as 403 `consent-missing`.
    """
    parts, caller = parts_of(request), caller_of(request)
    found = await parts.ingest.resolve(body.identifiers, create=False)
    if found.subject_id is None or found.erased:
        await service.note_miss(parts, caller, purpose)
        raise NotFound(NOBODY)
    ask = service.Ask(caller, found.subject_id, purpose)
    try:
        decision = await service.decide_lookup(parts, ask)
    except ConsentMissing as refusal:
        if caller.is_partner:  # or it could find out who is known here
            raise NotFound(NOBODY) from refusal
        raise
    return {"subject_id": _seen_as(request, found.subject_id, decision)}


@router.get("/v1/subjects/{subject_id}", response_model=PersonView)
async def read_person(
    request: Request,
    subject_id: str,
    purpose: Purpose,
    fields: Annotated[
        str, Query(max_length=2000, description="Names parted by commas; all when empty.")
    ] = "",
) -> dict[str, Any]:
    """A person's fields, each clear, masked, as a token or withheld, on the consent of this very moment.

    A merged-away id answers as the one that it became, to a partner under the id asked for. 404 unknown, 410 erased, 403 `consent-missing`. Every decision is on record before anything is revealed.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = id_in(subject_id, NOBODY)
    ask = service.Ask(caller, subject, purpose, _named(fields))
    try:
        decision = await service.decide_read(parts, ask)
    except ConsentMissing:
        await parts.ingest.mind_existence(subject)  # nobody, or erased: that is another answer
        raise
    secret = parts.pairwise.secret(caller.client_id, "values")
    disclosed = await service.disclose(parts.ingest, ask, decision, secret)
    return {
        "subject_id": _seen_as(request, subject, decision),
        "fields": disclosed,
        "decision_id": shown_id(request, decision.id),
    }


@router.post("/v1/subjects/{subject_id}/unseal", response_model=PersonView)
async def unseal_person(
    request: Request, subject_id: str, purpose: Purpose, body: Unsealing
) -> dict[str, Any]:
    """Break the seal in an emergency: named fields clear, whatever the purpose would show of them otherwise.

    It opens no gate: without consent, against a restriction or beyond the contract nothing is shown. The reason is on
    record before anything is revealed; the privacy officer hears of it (`GET /v1/alerts`, topic `privacy.alerted`), and
    the person sees it. 403 `purpose-not-allowed` where no emergency opens the purpose to the client.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = id_in(subject_id, NOBODY)
    ask = service.Ask(caller, subject, purpose, _named(",".join(body.fields)))
    decision = await service.decide_unseal(parts, ask, redact(body.reason).text)
    disclosed = await service.disclose(parts.ingest, ask, decision, b"")
    return {
        "subject_id": _seen_as(request, subject, decision),
        "fields": disclosed,
        "decision_id": shown_id(request, decision.id),
    }


@router.post("/v1/policy/simulate", response_model=Simulated)
async def simulate_policy(request: Request, body: Simulation) -> dict[str, Any]:
    """What one request would be answered, explained: the facts, and for each field every disclosure that was tried.

    Of a real person and client, or of facts that you choose; under our policies, or a draft (422 `policy-invalid`).
    Nothing is revealed.
    """
    parts, caller = parts_of(request), caller_of(request)
    simulated = await trials.simulate(parts, body)
    async with parts.database.transaction() as tx:
        told = Entry(caller.client_id, "policy", "allow", "simulated", body.subject_id, body.purpose)
        await record(tx, parts.audit_key, [told])
    return simulated


@router.post("/v1/policy/replay", response_model=Replayed)
async def replay_policy(request: Request, body: Replay) -> dict[str, Any]:
    """Try a draft of policies on decisions that were really made: which client would gain or lose which fields.

    `policies` are files as in `gateway/policy/`, those that the draft changes; the rest is as it is. 422
    `policy-invalid` where the draft does not hold together. Nothing changes.
    """
    parts, caller = parts_of(request), caller_of(request)
    replayed = await trials.replay(parts.database, body.policies, body.since, body.decisions)
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [Entry(caller.client_id, "policy", "allow", "replayed a draft")])
    return replayed


@router.get("/v1/subjects/{subject_id}/holds/{hold_id}/records", response_model=HeldList)
async def read_held(
    request: Request,
    subject_id: str,
    hold_id: str,
    purpose: Purpose,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What a legal hold keeps of a person, in clear, also once the person is erased; for the purpose `legal` alone.

    Each look is on record. 404 for an unknown hold, 409 where it has ended and what it kept is destroyed.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject, hold = id_in(subject_id, NOBODY), id_in(hold_id, "There is no such hold.")
    await service.decide_held(parts, caller, subject, purpose)
    found = await parts.ingest.held(subject, hold, caller.client_id, limit=limit, cursor=cursor)
    return {"items": found.items, "next_cursor": found.next_cursor}


@router.get("/v1/subjects/{subject_id}/timeline", response_model=TimelineView)
async def read_timeline(
    request: Request, subject_id: str, purpose: Purpose, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """What happened with a person, newest first, for a purpose that they consent to; nothing in it identifies them.

    404 unknown, 410 erased, 403 `consent-missing`. On record before anything is told.
    """
    parts, caller = parts_of(request), caller_of(request)
    subject = id_in(subject_id, NOBODY)
    try:
        decision = await service.decide_lookup(parts, service.Ask(caller, subject, purpose))
    except ConsentMissing:
        await parts.ingest.mind_existence(subject)  # nobody, or erased: that is another answer
        raise
    await parts.ingest.mind_existence(decision.standing.subject)
    found = await parts.ingest.timeline(decision.standing.origins, limit=limit, cursor=cursor)
    items = [{**item, "record_id": shown_id(request, item["record_id"])} for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def _seen_as(request: Request, asked: str, decision: service.Decision) -> str:
    """A partner is answered by the id that it asked for, so that it does not learn who was found to be one."""
    return shown_id(request, asked if caller_of(request).is_partner else decision.standing.subject)


def _named(fields: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in fields.split(",") if name.strip()))
    unknown = set(unknown_fields(names))
    errors = [
        FieldError(
            f"/fields/{index}", "There is no such field."
        )  # what was typed may be anything: not repeated
        for index, name in enumerate(names)
        if name in unknown
    ]
    if errors or len(names) > MOST_FIELDS:
        raise InvalidInput(f"Some fields do not exist, or they are more than {MOST_FIELDS}.", errors=errors)
    return names

"""The doors of the sandbox, and a client's log of its own requests. A test client's requests about people are led to
`/sandbox/...` by the edge, so that nothing here can reach anybody who exists."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway.audit import repository as trail
from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of, shown_id
from gateway.policy.domain import unknown_fields
from gateway.policy.schemas import Found, Lookup, PersonView
from gateway.sandbox import service
from gateway.sandbox.domain import Invented, by_id, by_phone, everybody
from gateway.sandbox.schemas import InventedList, OwnRequestPage, TestClient
from kernel.errors import ConsentMissing, FieldError, Gone, InvalidInput, NotFound
from kernel.ids import new_id
from kernel.phone import normalise
from kernel.web.doors import caller_of
from kernel.web.pages import Cursor, Limit, decode_cursor, page

router = APIRouter(tags=["sandbox"])
NOBODY = "There is no such person."


@router.post("/v1/sandbox/clients", status_code=201, response_model=TestClient)
async def make_test_client(request: Request) -> dict[str, Any]:
    """A test client of the calling partner's: the same contract, but it sees invented people only."""
    parts, caller = parts_of(request), caller_of(request)
    async with parts.database.transaction() as tx:
        made = await service.make_test_client(tx, parts.sessions, caller.client_id)
        entry = Entry(caller.client_id, "client", "allow", f"test client {made.client_id}")
        await record(tx, parts.audit_key, [entry])
    return {"client_id": made.client_id, "client_secret": made.client_secret}


@router.get("/v1/sandbox/people", response_model=InventedList)
async def list_invented_people(request: Request) -> dict[str, Any]:
    """The invented people that a test client finds, by their numbers, and what each shows."""
    items = [
        {"subject_id": shown_id(request, one.id), "phone": one.fields["phone"], "about": one.about}
        for one in everybody()
    ]
    return {"items": items, "next_cursor": None}


@router.get("/v1/requests", response_model=OwnRequestPage)
async def list_own_requests(request: Request, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """What the calling client asked of people, or did, and what was decided: the newest first."""
    async with parts_of(request).database.snapshot() as connection:
        rows = await trail.find_entries(
            connection,
            subject=None,
            client_id=caller_of(request).client_id,
            action=None,
            since=None,
            until=None,
            before=decode_cursor(cursor, str),
            limit=limit + 1,
        )

    def shown(row: Any) -> dict[str, Any]:
        plain = ("at", "action", "purpose", "fields", "decision", "reason")
        ids = {"subject_id": row.subject, "decision_id": row.decision_id}
        outer = {name: shown_id(request, value) if value else None for name, value in ids.items()}
        return {**{name: getattr(row, name) for name in plain}, **outer}

    return page(rows, limit, lambda row: row.id, shown)


@router.post("/sandbox/v1/subjects/lookup", response_model=Found, include_in_schema=False)
async def look_up_invented(request: Request, body: Lookup, purpose: str) -> dict[str, Any]:
    """As the real door, about people who do not exist; they are found by phone."""
    given = body.identifiers.get("phone")
    e164 = normalise(given) if isinstance(given, str) else None
    person = by_phone(e164) if e164 else None
    if person is None or person.erased:
        await _note(request, "lookup", None, purpose, "not-found")
        raise NotFound(NOBODY)
    try:
        service.mind_admission(person, caller_of(request), purpose)
    except ConsentMissing as refusal:
        await _note(request, "lookup", person, purpose, "consent-missing")
        raise NotFound(NOBODY) from refusal
    await _note(request, "lookup", person, purpose, "")
    return {"subject_id": shown_id(request, person.id)}


@router.get("/sandbox/v1/subjects/{subject_id}", response_model=PersonView, include_in_schema=False)
async def read_invented(
    request: Request, subject_id: str, purpose: str, fields: Annotated[str, Query(max_length=2000)] = ""
) -> dict[str, Any]:
    """As the real door, about people who do not exist."""
    parts, caller, person = parts_of(request), caller_of(request), by_id(subject_id)
    if person is None:
        raise NotFound(NOBODY)
    if person.erased:
        raise Gone
    names = tuple(dict.fromkeys(name.strip() for name in fields.split(",") if name.strip()))
    if unknown_fields(names):
        raise InvalidInput(errors=[FieldError("/fields", "There is no such field.")])
    try:
        service.mind_admission(person, caller, purpose)
    except ConsentMissing:
        await _note(request, "read", person, purpose, "consent-missing")
        raise
    async with parts.database.snapshot() as connection:
        decided = await service.outcomes(connection, person, caller, purpose, names)
    seen = tuple(name for name, outcome in decided.items() if outcome.disclosure != "withheld")
    decision_id = await _note(request, "read", person, purpose, "", seen)
    return {
        "subject_id": shown_id(request, person.id),
        "fields": service.view(person, decided, parts.pairwise.secret(caller.client_id, "values")),
        "decision_id": shown_id(request, decision_id),
    }


async def _note(
    request: Request,
    action: Any,
    person: Invented | None,
    purpose: str,
    refusal: str,
    fields: tuple[str, ...] = (),
) -> str:
    """Put the decision on record as a real one is; its id."""
    parts, decision_id = parts_of(request), new_id()
    entry = Entry(
        client_id=caller_of(request).client_id,
        action=action,
        decision="deny" if refusal else "allow",
        reason=refusal or "sandbox",
        subject=person.id if person else None,
        purpose=purpose,
        fields=fields,
        decision_id=decision_id,
    )
    async with parts.database.transaction() as tx:
        await record(tx, parts.audit_key, [entry])
    return decision_id

"""The doors of merging people."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.parts import parts_of, shown_id
from gateway.people.schemas import Accepted, Merge, Merged, Parted, Split
from gateway.people.service import Made, Settled, ask_ingest, take_over
from kernel.errors import NotFound
from kernel.web.doors import caller_of, id_in

router = APIRouter(tags=["people"])

NOBODY = "There is no such person."


@router.post("/v1/subjects/merge", status_code=201, response_model=Merged)
async def merge_people(request: Request, body: Merge) -> dict[str, Any]:
    """Let two people be read as one, until the merge is undone; nothing that either holds is changed.

    From the answer on the source's id answers as the target, and the stricter consent of the two counts. 404 for an
    unknown person, 410 for an erased one, 409 `already-one`.
    """
    asked = {
        "source_id": _inner(request, body.source_id),
        "target_id": _inner(request, body.target_id),
        "reason": body.reason,
    }
    made = await _changed(request, "/v1/subjects/merge", asked, "merge")
    return _view(request, made, "merged_at")


@router.post("/v1/subjects/split", response_model=Parted)
async def split_people(request: Request, body: Split) -> dict[str, Any]:
    """Undo a merge: both are again exactly what they are by their own records and consents.

    404 for an unknown merge, 409 `merge-undone`, 410 where the person was erased since.
    """
    made = await _changed(request, "/v1/subjects/split", body.model_dump(), "split")
    return _view(request, made, "split_at")


@router.post("/v1/identity/suggestions/{suggestion_id}/accept", response_model=Accepted)
async def accept_suggestion(request: Request, suggestion_id: str) -> dict[str, Any]:
    """Merge the two people that a suggestion is about; the older id stays.

    404 for an unknown suggestion, 409 `suggestion-settled` where it was rejected, 410 where one was erased.
    """
    parts, caller = parts_of(request), caller_of(request)
    key = id_in(suggestion_id, "There is no such suggestion.")
    answer = await ask_ingest(parts, caller, f"/v1/identity/suggestions/{key}/accept", {})
    settled = msgspec.json.decode(answer, type=Settled)
    if settled.merge is not None:
        await _taken_over(request, settled.merge, "suggestion accepted")
    return {
        "id": settled.id,
        "subject_id": shown_id(request, settled.subject_id),
        "merge_id": settled.merge_id,
    }


async def _changed(request: Request, path: str, body: dict[str, Any], what: str) -> Made:
    answer = await ask_ingest(parts_of(request), caller_of(request), path, body)
    made = msgspec.json.decode(answer, type=Made)
    await _taken_over(request, made, what)
    return made


async def _taken_over(request: Request, made: Made, what: str) -> None:
    parts, client = parts_of(request), caller_of(request).client_id
    both = (made.source_id, made.subject_id)
    async with parts.database.transaction() as tx:
        await take_over(tx, made)
        await record(tx, parts.audit_key, [Entry(client, "write", "allow", what, one) for one in both])


def _inner(request: Request, given: str) -> str:
    """Our id of the one that the client names. Raises NotFound for what is no id."""
    caller = caller_of(request)
    if not caller.is_partner:
        return id_in(given, NOBODY)
    inner = parts_of(request).pairwise.inner(caller.client_id, given)
    if inner is None:
        raise NotFound(NOBODY)
    return inner


def _view(request: Request, made: Made, moment: str) -> dict[str, Any]:
    return {
        "merge_id": made.merge_id,
        "subject_id": shown_id(request, made.subject_id),
        "source_id": shown_id(request, made.source_id),
        moment: getattr(made, moment),
    }

"""`POST /v1/verify/campaigns`: the one door that starts campaigns; looking at them and stopping them is verify's."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.audit.domain import Entry
from gateway.audit.service import record
from gateway.campaigns import service
from gateway.campaigns.schemas import CampaignStarted, CampaignToStart
from gateway.parts import Parts, parts_of
from kernel.errors import FieldError, InvalidInput, ScopeMissing
from kernel.web.doors import caller_of, declare
from kernel.web.internal import Caller
from kernel.web.upstream import Reply

router = APIRouter(tags=["verify"])


@router.post("/v1/verify/campaigns", status_code=202, response_model=CampaignStarted)
async def start_campaign(request: Request, body: CampaignToStart) -> Response:
    """Write to a list at a pace, within quiet hours and a budget: a code a line, or a letter with a personal link.

    The list is numbers, people, an import or an audience, 10,000 at most. Each line keeps to every rule: consent,
    caps, the guard, who wants no contact; `results.csv` tells what became of it. Letters ask for consent (`ask`) and
    need `subjects:read` beside `verify:write`: they go to who is served, agreed to less than is asked, said no
    nowhere and was not invited within a week.
    """
    parts, caller = parts_of(request), caller_of(request)
    declare(caller, body.purpose.value)
    if body.channel != "email":
        key = request.headers.get("idempotency-key", "").encode("latin-1")
        reply, people = await service.start_codes(parts, caller, body, key)
        return await _answered(parts, caller, body, reply, people, 0)
    if "subjects:read" not in caller.scopes:
        raise ScopeMissing("Letters need the scope subjects:read.")
    letters, people, left_out = await service.start_letters(parts, caller, body)
    if letters is None:
        error = FieldError(
            "/channel", f"All {left_out} are left out: they agreed, said no, or may not be reached."
        )
        raise InvalidInput("There is nobody to write to.", errors=[error])
    return await _answered(parts, caller, body, letters, people, left_out)


async def _answered(
    parts: Parts, caller: Caller, body: CampaignToStart, reply: Reply, people: int, left_out: int
) -> Response:
    """Verify's refusal as it is; its success with what was gathered, put on record."""
    if reply.status != 202:
        kind = dict(reply.headers).get(b"content-type", b"application/problem+json").decode()
        return Response(reply.body, reply.status, media_type=kind)
    told = {"id": msgspec.json.decode(reply.body)["id"], "people": people, "left_out": left_out}
    async with parts.database.transaction() as tx:
        entry = Entry(
            caller.client_id, "write", "allow", f"campaign {told['id']}", purpose=body.purpose.value
        )
        await record(tx, parts.audit_key, [entry])
    return Response(msgspec.json.encode(told), 202, media_type="application/json")

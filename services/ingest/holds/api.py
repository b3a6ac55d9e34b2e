"""HTTP doors of holds."""

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database, uninterrupted
from kernel.web.doors import admitted, admitted_service, id_in, needs
from kernel.web.pages import Key, decode_cursor, page
from services.ingest import moments
from services.ingest.errors import GrantRefused
from services.ingest.holds.schemas import HeldBody, HeldPage, HeldRecord, HoldList, HoldView, NewHold, view
from services.ingest.holds.service import NO_HOLD, Ended, impose, list_holds, open_held, release
from services.ingest.vault.grants import read_grant, spend_grant
from services.ingest.vault.service import Vault

NOBODY = "There is no such person."


def hold_router(database: Database, vault: Vault, ended: Ended, secret: bytes) -> APIRouter:
    """Routes of holds, and the internal door to what they hold."""
    router = APIRouter(tags=["holds"])

    @router.post("/v1/subjects/{subject_id}/holds", status_code=201, openapi_extra=needs("privacy:manage"))
    async def post_hold(request: Request, subject_id: str, body: NewHold) -> HoldView:
        """Keep what a law demands of a person: those records are sealed once more, under a key of the hold's own.

        Retention spares them; an erasure of the person leaves the held part and says so. 404 unknown, 410 erased.
        """
        caller = admitted(request, "privacy:manage")
        wanted = body.hold(id_in(subject_id, NOBODY), caller.client_id)
        return view(wanted, await uninterrupted(impose(database, vault, wanted)))

    @router.get("/v1/subjects/{subject_id}/holds", openapi_extra=needs("privacy:manage"))
    async def get_holds(request: Request, subject_id: str) -> HoldList:
        """Every hold on a person, released ones too; of an erased person as well. 404 unknown."""
        admitted(request, "privacy:manage")
        async with database.snapshot() as connection:
            holds = await list_holds(connection, id_in(subject_id, NOBODY))
        return HoldList(items=[view(hold, records) for hold, records in holds])

    @router.post("/v1/subjects/{subject_id}/holds/{hold_id}/release", openapi_extra=needs("privacy:manage"))
    async def post_hold_release(request: Request, subject_id: str, hold_id: str) -> HoldView:
        """End a hold before its time. Its key is destroyed: of an erased person nothing is left then.

        404 unknown, 409 `hold-released` where it has ended.
        """
        admitted(request, "privacy:manage")
        subject, key = id_in(subject_id, NOBODY), id_in(hold_id, NO_HOLD)
        return view(await uninterrupted(release(database, vault, ended, key, subject)), 0)

    @router.post("/internal/held", include_in_schema=True)
    async def post_held(request: Request, body: HeldBody) -> HeldPage:
        """What a hold keeps, in clear, for a grant of the purpose `legal` whose one field is `hold:<id>`.

        403 for a bad or used grant, 404 for an unknown hold, 409 for a released one.
        """
        admitted_service(request)
        grant = read_grant(body.grant, secret)
        kind, _, hold_id = grant.fields[0].partition(":") if len(grant.fields) == 1 else ("", "", "")
        if grant.purpose != "legal" or kind != "hold":
            raise GrantRefused("The grant opens no hold.")
        after = decode_cursor(body.cursor, tuple[Key, str])
        async with database.transaction() as tx:
            await spend_grant(tx, grant)
            rows = await open_held(tx, vault, hold_id, grant.subject, after, body.limit)
        return HeldPage(**page(rows, body.limit, lambda row: (row[0].record_id, row[0].source), _view))

    return router


def _view(row: tuple[Any, bytes]) -> HeldRecord:
    held, clear = row
    return HeldRecord(
        record_id=held.record_id,
        source=held.source,
        kind=held.kind,
        occurred_at=moments.moment_of(held.occurred_at),
        record=msgspec.json.decode(clear),
    )

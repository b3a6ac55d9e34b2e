"""HTTP doors of merges and suggestions. The gateway knocks for its clients, and takes the change over at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, id_in, needs
from kernel.web.pages import Cursor, Key, Limit, decode_cursor, page
from services.ingest import moments
from services.ingest.merges.domain import Agreement
from services.ingest.merges.schemas import (
    AcceptView,
    AgreementView,
    MergeBody,
    MergeView,
    RejectView,
    SplitBody,
    SplitView,
    SuggestionPage,
    SuggestionView,
)
from services.ingest.merges.service import Merged, Why, accept, merge, page_of_suggestions, reject, split

Wake = Callable[[AsyncConnection, Sequence[str]], Awaitable[None]]
"""Lets what waits in quarantine for these subjects be judged again."""

SCOPE = "subjects:write"
_NOBODY = "There is no such person."
_NOTHING = "There is no such suggestion."
_decode = msgspec.json.Decoder(tuple[Agreement, ...]).decode


def merge_router(database: Database, wake: Wake) -> APIRouter:
    """Routes of merges and suggestions."""
    router = APIRouter(tags=["people"])
    _add_merges(router, database, wake)
    _add_suggestions(router, database, wake)
    return router


def _add_merges(router: APIRouter, database: Database, wake: Wake) -> None:

    @router.post("/v1/subjects/merge", status_code=201, openapi_extra=needs(SCOPE))
    async def post_merge(request: Request, body: MergeBody) -> MergeView:
        """Let two people be read as one, until it is undone. Nothing that either holds is changed.

        404 for an unknown person, 410 for an erased one, 409 `already-one`.
        """
        caller = admitted(request, SCOPE)
        source, target = id_in(body.source_id, _NOBODY), id_in(body.target_id, _NOBODY)
        async with database.transaction() as tx:
            made = await merge(tx, source, target, Why(caller.client_id, body.reason))
            await wake(tx, made.members)
        return _merge_view(made)

    @router.post("/v1/subjects/split", openapi_extra=needs(SCOPE))
    async def post_split(request: Request, body: SplitBody) -> SplitView:
        """Undo a merge: both people are again exactly what they are by their own records and consents.

        404 for an unknown merge, 409 `merge-undone`, 410 where the person was erased since.
        """
        caller = admitted(request, SCOPE)
        merge_id = id_in(body.merge_id, "There is no such merge.")
        async with database.transaction() as tx:
            made = await split(tx, merge_id, Why(caller.client_id, body.reason))
            await wake(tx, made.members)
        return SplitView(
            merge_id=made.merge_id,
            subject_id=made.target,
            source_id=made.source,
            merge_version=made.version,
            split_at=moments.moment_of(made.at),
        )


def _add_suggestions(router: APIRouter, database: Database, wake: Wake) -> None:
    @router.get("/v1/identity/suggestions", openapi_extra=needs(SCOPE))
    async def get_suggestions(
        request: Request,
        state: Literal["open", "accepted", "rejected"] = "open",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> SuggestionPage:
        """Pairs that may be one person, the likeliest first, with what speaks for and against it."""
        admitted(request, SCOPE)
        after = decode_cursor(cursor, tuple[float, Key])
        async with database.snapshot() as connection:
            rows = await page_of_suggestions(connection, state, after, limit + 1)
        return SuggestionPage(**page(rows, limit, lambda row: (row.probability, row.id), _view))

    @router.post("/v1/identity/suggestions/{suggestion_id}/accept", openapi_extra=needs(SCOPE))
    async def post_accept(request: Request, suggestion_id: str) -> AcceptView:
        """Merge the two; the older id stays. 404 unknown, 409 `suggestion-settled` (rejected before), 410 erased."""
        caller = admitted(request, SCOPE)
        key = id_in(suggestion_id, _NOTHING)
        async with database.transaction() as tx:
            made, subject = await accept(tx, key, caller.client_id)
            if made:
                await wake(tx, made.members)
        return AcceptView(
            id=key,
            subject_id=subject,
            merge_id=made.merge_id if made else None,
            merge=_merge_view(made) if made else None,
        )

    @router.post("/v1/identity/suggestions/{suggestion_id}/reject", openapi_extra=needs(SCOPE))
    async def post_reject(request: Request, suggestion_id: str) -> RejectView:
        """They are two people, and are not suggested again. 404 unknown, 409 where it was accepted before."""
        caller = admitted(request, SCOPE)
        key = id_in(suggestion_id, _NOTHING)
        async with database.transaction() as tx:
            await reject(tx, key, caller.client_id)
        return RejectView(id=key, state="rejected")


def _merge_view(made: Merged) -> MergeView:
    return MergeView(
        merge_id=made.merge_id,
        subject_id=made.target,
        source_id=made.source,
        merge_version=made.version,
        merged_at=moments.moment_of(made.at),
    )


def _view(row: Any) -> SuggestionView:
    told = _decode(row.evidence)
    return SuggestionView(
        id=row.id,
        a=row.a,
        b=row.b,
        probability=row.probability,
        evidence=[
            AgreementView(field=one.field, level=one.level, detail=one.detail, weight=one.weight)
            for one in told
        ],
        found_by=row.found_by,
        state=row.state,
        created_at=moments.moment_of(row.created_at),
    )

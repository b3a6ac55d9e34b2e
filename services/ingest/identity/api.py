"""The resolve door: identifiers to subject, for services only."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.web.doors import admitted_service
from services.ingest.identity.pointers import social_kind
from services.ingest.identity.schemas import (
    AccountsBody,
    Holders,
    HoldersBody,
    HolderView,
    Indexes,
    ResolveBody,
    Resolved,
)
from services.ingest.identity.service import Directory, flat_identifiers
from services.ingest.tables import store


def identity_router(database: Database, directory: Directory) -> APIRouter:
    """Routes of identity."""
    router = APIRouter(tags=["internal"])

    @router.post("/internal/resolve")
    async def post_resolve(request: Request, body: ResolveBody) -> Resolved:
        """The person behind identifiers; with `create` one is made where nobody is (422 if none is usable).

        A known person is answered from a read; only making one takes a write.
        """
        admitted_service(request)
        given = flat_identifiers(body.identifiers)
        claimed = False
        async with database.snapshot() as connection:
            person, _ = await directory.resolve(connection, given, create=False)
            people = await directory.people_on(connection, given) if body.count else 0
            if person is not None and body.create:
                claimed = await directory.is_claimed(connection, given)
        if person is None and body.create:
            async with database.transaction() as tx:
                person, created = await directory.resolve(tx, given, create=True)
                if created:
                    await publish(tx, store, created)
        return Resolved(
            subject_id=person.id if person else None,
            erased=bool(person and person.erased),
            people=people,
            index=directory.index_of(given),
            claimed=claimed,
        )

    @router.post("/internal/indexes")
    async def post_indexes(request: Request, body: AccountsBody) -> Indexes:
        """The blind indexes of accounts, so that whoever hears a handle need not keep it. Nothing is looked up."""
        admitted_service(request)
        asked = [{social_kind(one.platform): one.handle} for one in body.accounts]
        return Indexes(indexes=[directory.index_of(one) for one in asked])

    @router.post("/internal/holders")
    async def post_holders(request: Request, body: HoldersBody) -> Holders:
        """Whom blind indexes lead to now; nobody is made."""
        admitted_service(request)
        async with database.snapshot() as connection:
            found = await directory.holders_of(connection, body.indexes)
        return Holders(
            holders=[HolderView(subject_id=one and one.id, erased=bool(one and one.erased)) for one in found]
        )

    return router

"""The resolve door: identifiers to subject, for services only."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.web.doors import admitted_service
from services.ingest.identity.schemas import ResolveBody, Resolved
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
            index=directory.index_of(given),
            claimed=claimed,
        )

    return router

"""HTTP doors of retention."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import Database
from kernel.web.doors import admitted, needs
from services.ingest.retention import repository, service
from services.ingest.retention.domain import digest
from services.ingest.retention.schemas import (
    DryRun,
    DryRunBody,
    NightList,
    PolicyBody,
    PolicyView,
    found,
    night,
)

NIGHTS = 100


def retention_router(database: Database) -> APIRouter:
    """Routes of retention."""
    router = APIRouter(tags=["retention"])

    @router.get("/v1/retention", openapi_extra=needs("privacy:manage"))
    async def get_retention(request: Request) -> PolicyView:
        """The rules as they stand, each with its legal reason."""
        admitted(request, "privacy:manage")
        async with database.snapshot() as connection:
            return PolicyView(**service.policy_row(await service.current_policy(connection)))

    @router.put("/v1/retention", openapi_extra=needs("privacy:manage"))
    async def put_retention(request: Request, body: PolicyBody) -> PolicyView:
        """Change the rules, or let them loose.

        Active, they are carried out every night from 02:30 on in Vietnam. 409 `dry-run-first` where that is asked for
        without the `dry_run` of these very rules, 422 where the rules contradict themselves or one another.
        """
        caller = admitted(request, "privacy:manage")
        rules = None if body.rules is None else [rule.rule() for rule in body.rules]
        async with database.transaction() as tx:
            policy = await service.change_policy(
                tx, rules, active=body.active, dry_run=body.dry_run, by=caller.client_id
            )
        return PolicyView(**service.policy_row(policy))

    @router.post("/v1/retention/dry-run", openapi_extra=needs("privacy:manage"))
    async def post_dry_run(request: Request, body: DryRunBody) -> DryRun:
        """What rules would delete now, by rule and kind. Nothing is changed. 422 where the rules contradict."""
        admitted(request, "privacy:manage")
        async with database.snapshot() as connection:
            policy = await service.current_policy(connection)
            rules = policy.rules if body.rules is None else tuple(rule.rule() for rule in body.rules)
            service.mind(rules)
            findings = await service.look(connection, rules)
            held = await service.count_held(connection, rules)
        return DryRun(
            dry_run=digest(rules),
            items=[found(finding) for finding in findings],
            total=sum(finding.number for finding in findings),
            held=held,
        )

    @router.get("/v1/retention/nights", openapi_extra=needs("privacy:manage"))
    async def get_nights(request: Request) -> NightList:
        """What the last nights deleted, newest first."""
        admitted(request, "privacy:manage")
        async with database.snapshot() as connection:
            rows = await repository.nights(connection, NIGHTS)
        return NightList(items=[night(row) for row in rows])

    return router

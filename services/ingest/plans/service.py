"""Use cases of plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import InvalidInput, NotFound
from services.ingest import moments
from services.ingest.plans import repository
from services.ingest.plans.domain.checking import Checker, plan_errors
from services.ingest.plans.domain.plan import OFF, Plan, Rules
from services.ingest.sources.service import hold_source

FRESH_S = 2.0
"""How long another process may judge by the version before."""

Key = tuple[str, str]
"""Source and kind."""


@dataclass(slots=True)
class Plans:
    """The plans in force, compiled once for each version and remembered for FRESH_S."""

    _checkers: Mapping[Key, Checker] = field(default_factory=dict)
    _read_at: float = -FRESH_S

    async def in_force(self, tx: AsyncConnection, *, anew: bool) -> Mapping[Key, Checker]:
        """Checkers by source and kind; `anew` reads what this transaction sees, as those who judge again must."""
        if anew or monotonic() - self._read_at > FRESH_S:
            plans = [one for one in await repository.plans_in_force(tx) if one.enforcement != OFF]
            self._checkers = {(one.source, one.kind): self._checker(one) for one in plans}
            self._read_at = monotonic()
        return self._checkers

    def _checker(self, plan: Plan) -> Checker:
        known = self._checkers.get((plan.source, plan.kind))
        return known if known is not None and known.plan == plan else Checker(plan)

    def forget(self) -> None:
        """Read again the next time."""
        self._read_at = -FRESH_S


async def publish_plan(tx: AsyncConnection, source: str, kind: str, enforcement: str, rules: Rules) -> Plan:
    """The next version, in force once `tx` commits; the same as the one in force is that one.

    Raises NotFound where there is no such source, InvalidInput where the rules cannot be compiled or could be abused.
    """
    errors = plan_errors(rules)
    if errors:
        raise InvalidInput("The plan is not usable.", errors=errors)
    if not await hold_source(tx, source):
        raise NotFound("There is no such source.")
    known = await repository.newest(tx, source, kind)
    if known is not None and (known.enforcement, known.rules) == (enforcement, rules):
        return known
    new = Plan(source, kind, known.version + 1 if known else 1, enforcement, rules, moments.now())
    await repository.add_plan(tx, new)
    return new


async def page_of_plans(
    tx: AsyncConnection, source: str, kind: str | None, after: tuple[int, str] | None, limit: int
) -> tuple[Sequence[Plan], Mapping[str, int]]:
    """Versions of a source's plans, newest first, and which version of each kind is in force."""
    plans = await repository.page_of_plans(tx, source, kind, after, limit)
    in_force = {one.kind: one.version for one in await repository.plans_in_force(tx) if one.source == source}
    return plans, in_force

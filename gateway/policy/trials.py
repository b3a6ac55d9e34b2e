"""Trying policies out: one request explained, and a draft held against decisions that were really made."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import repository as audit
from gateway.clients import repository as clients
from gateway.errors import PolicyInvalid
from gateway.parts import Parts
from gateway.policy.domain import (
    FIELDS,
    LADDER,
    Asked,
    Disclosure,
    Fact,
    Outcome,
    Policies,
    PolicyBroken,
    admission_under,
    class_of,
    judge,
    our_policies,
    outcome_under,
    parsed,
    policy_files,
    schema_text,
    unknown_fields,
)
from gateway.policy.schemas import Simulation
from gateway.policy.service import Ask, decided
from gateway.register.domain import Contract
from gateway.register.service import contract_of
from kernel.errors import FieldError, InvalidInput, NotFound
from kernel.ids import canonical_id
from kernel.store.engine import Database
from kernel.web.internal import Caller

TELLS: Final[Mapping[Disclosure, int]] = {"withheld": 0, "masked": 1, "token": 2, "clear": 3}
_PAGE: Final = 2_000

Shown = Mapping[str, Disclosure]


def drafted(changed: Mapping[str, str]) -> Policies:
    """Our policies with the files of a draft in place of ours. Raises PolicyInvalid with what does not hold together."""
    if not changed:
        return our_policies()
    try:
        return parsed("\n".join({**policy_files(), **changed}.values()), schema_text())
    except PolicyBroken as error:
        raise PolicyInvalid(str(error)) from error


async def simulate(parts: Parts, asked: Simulation) -> dict[str, Any]:
    """One request, explained. Raises InvalidInput, NotFound, Gone (erased), PolicyInvalid."""
    if unknown := unknown_fields(asked.fields):
        raise InvalidInput(errors=[FieldError("/fields", f"{len(unknown)} of them are no fields.")])
    if (asked.kind is None) == (asked.client_id is None):
        raise InvalidInput(errors=[FieldError("/kind", "Give either `kind` or `client_id`.")])
    policies = drafted(asked.policies)
    async with parts.database.snapshot() as connection:
        kind, facts, contract = await _premises(connection, parts, asked)
    allowed, reason = admission_under(policies, kind, asked.purpose, facts)
    fields = asked.fields or FIELDS
    return {
        "kind": kind,
        "purpose": asked.purpose,
        "facts": {fact.value: fact in facts for fact in Fact},
        "allowed": allowed,
        "reason": reason,
        "fields": {one: _explained(policies, kind, asked.purpose, one, facts, contract) for one in fields},
    }


async def _premises(
    tx: AsyncConnection, parts: Parts, asked: Simulation
) -> tuple[str, frozenset[Fact], Contract | None]:
    """Kind of client, facts, and the contract where it is a real client's."""
    caller, contract = Caller("nobody", asked.kind or "", purposes=frozenset({asked.purpose})), None
    if asked.client_id is not None:
        row = await clients.find_client(tx, canonical_id(asked.client_id) or "")
        if row is None:
            raise NotFound("There is no such client.")
        caller = Caller(row.id, row.kind, purposes=frozenset(row.purposes))
        contract = await contract_of(tx, row.id)
    if asked.subject_id is None:
        facts = frozenset(Fact(one) for one in asked.facts) if asked.facts is not None else frozenset(Fact)
        return caller.kind, facts, contract
    subject = canonical_id(asked.subject_id)
    if subject is None:
        raise NotFound("There is no such person.")
    bound = contract or Contract(None, frozenset())
    decision = await decided(tx, parts.notices, Ask(caller, subject, asked.purpose), bound)
    return caller.kind, decision.facts | {Fact.FIELD_GRANTED}, contract


def _explained(
    policies: Policies, kind: str, purpose: str, field: str, facts: frozenset[Fact], contract: Contract | None
) -> dict[str, Any]:
    if contract is not None and not contract.has_granted(field):
        facts = facts - {Fact.FIELD_GRANTED}
    asked = Asked(kind, purpose, class_of(field), facts)
    outcome, steps = outcome_under(policies, asked), []
    for disclosure in LADDER:
        allowed, reason = judge(policies, asked, disclosure)
        steps.append({"disclosure": disclosure, "allowed": allowed, "reason": reason})
        if allowed:
            break
    return {"field_class": asked.field_class.value, **outcome._asdict(), "steps": steps}


async def replay(
    database: Database, draft: Mapping[str, str], since: datetime | None, decisions: int
) -> dict[str, Any]:
    """Which client would gain or lose which fields for which purpose, over decisions that were made.

    Held against our policies as they are now on the facts of then, so that only the draft makes a difference.
    """
    theirs, ours = _Bench(drafted(draft)), _Bench(our_policies())
    made = await _decisions(database, since, decisions)
    by_client: dict[tuple[str, str], dict[str, Any]] = {}
    for (client_id, purpose, grounds), times in made.items():
        told = by_client.setdefault((client_id, purpose), {"decisions": 0, "gains": {}, "loses": {}})
        before, after = ours.shown(purpose, grounds), theirs.shown(purpose, grounds)
        changed = [field for field in before if before[field] != after[field]]
        told["decisions"] += times if changed else 0
        for field in changed:
            gained = TELLS[after[field]] > TELLS[before[field]]
            counts = told["gains" if gained else "loses"].setdefault(field, defaultdict(int))
            counts[f"{before[field]} -> {after[field]}"] += times
    clients_changed = [
        {"client_id": client_id, "purpose": purpose, **told}
        for (client_id, purpose), told in sorted(by_client.items())
        if told["decisions"]
    ]
    return {
        "decisions": made.total(),
        "changed": sum(told["decisions"] for told in clients_changed),
        "clients": clients_changed,
    }


Grounds = tuple[str, tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None]
"""Kind of client, facts, fields asked for (None: all), fields of the contract (None: all)."""


async def _decisions(
    database: Database, since: datetime | None, most: int
) -> Counter[tuple[str, str, Grounds]]:
    """How often each client asked for a purpose on the same grounds."""
    made: Counter[tuple[str, str, Grounds]] = Counter()
    before: str | None = None
    async with database.snapshot() as connection:
        while made.total() < most:
            limit = min(_PAGE, most - made.total())
            rows = await audit.decided_since(connection, since, before, limit)
            made.update((row.client_id, row.purpose, _grounds(row.context)) for row in rows)
            if len(rows) < limit:
                break
            before = rows[-1].id
    return made


def _grounds(context: Mapping[str, Any]) -> Grounds:
    return (
        str(context["kind"]),
        tuple(context["facts"]),
        _maybe(context.get("asked")),
        _maybe(context.get("granted")),
    )


def _maybe(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


class _Bench:
    """Some policies, each question asked once."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._outcomes: dict[Asked, Outcome] = {}

    def shown(self, purpose: str, grounds: Grounds) -> Shown:
        """What is shown of each field on these grounds."""
        kind, names, asked, granted = grounds
        facts = frozenset(Fact(name) for name in names)
        contract = Contract(None if granted is None else frozenset(granted), frozenset())
        if not admission_under(self._policies, kind, purpose, facts).allowed:
            return dict.fromkeys(asked or FIELDS, "withheld")
        return {field: self._shown(kind, purpose, field, facts, contract) for field in asked or FIELDS}

    def _shown(
        self, kind: str, purpose: str, field: str, facts: frozenset[Fact], contract: Contract
    ) -> Disclosure:
        more: Sequence[Fact] = (Fact.FIELD_GRANTED,) if contract.has_granted(field) else ()
        asked = Asked(kind, purpose, class_of(field), facts.union(more))
        if asked not in self._outcomes:
            self._outcomes[asked] = outcome_under(self._policies, asked)
        return self._outcomes[asked].disclosure

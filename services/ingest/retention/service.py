"""Use cases of retention: read and change the rules, see what they would delete, delete it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import InvalidInput
from services.ingest import moments
from services.ingest.errors import DryRunFirst
from services.ingest.quarantine import service as quarantine
from services.ingest.records import keeping
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.withdrawing import withdraw
from services.ingest.retention import repository
from services.ingest.retention.domain import DEFAULTS, Rule, digest, flaws_of, kinds_of
from services.ingest.vault.grants import forget_spent
from services.ingest.vault.service import Vault

BATCH = 200
"""Records taken away in one transaction; each is opened, to see what only it told."""


class Policy(NamedTuple):
    """The rules as they stand; version 0 are the defaults, which nobody has let loose."""

    version: int
    active: bool
    rules: tuple[Rule, ...]
    changed_at: int | None = None
    changed_by: str | None = None


class Finding(NamedTuple):
    """What a rule would delete of one kind."""

    rule: str
    what: str
    number: int
    oldest: int | None


async def current_policy(tx: AsyncConnection) -> Policy:
    """The rules as they stand."""
    row = await repository.current_policy(tx)
    if row is None:
        return Policy(0, False, DEFAULTS)
    rules = msgspec.convert(row.rules, tuple[Rule, ...])
    return Policy(row.version, row.active, rules, row.changed_at, row.changed_by)


async def change_policy(
    tx: AsyncConnection, rules: Sequence[Rule] | None, *, active: bool, dry_run: str | None, by: str
) -> Policy:
    """A new version of the rules, the present ones where none are given.

    Raises InvalidInput for rules that contradict, DryRunFirst where rules are let loose without the digest that a dry
    run of these very rules answered with.
    """
    known = await current_policy(tx)
    wanted = tuple(rules) if rules is not None else known.rules
    mind(wanted)
    if active and dry_run != digest(wanted):
        raise DryRunFirst
    await repository.add_policy(tx, known.version + 1, wanted, active=active, by=by)
    return await current_policy(tx)


def mind(rules: Sequence[Rule]) -> None:
    """Raises InvalidInput where the rules contradict themselves or one another."""
    if errors := flaws_of(rules):
        raise InvalidInput("The rules do not fit together.", errors=errors)


async def look(tx: AsyncConnection, rules: Sequence[Rule]) -> list[Finding]:
    """What the rules would delete now, by rule and kind; nothing is changed."""
    now, found = moments.now(), []
    for rule in rules:
        if rule.of == "records":
            counts = await repository.count_records(tx, rule, rules, now)
            for kind in kinds_of(rule, rules):
                count, oldest = counts.get(kind, (0, None))
                found.append(Finding(rule.key, kind, count, oldest))
        elif rule.of == "attempts":
            found.append(Finding(rule.key, rule.of, *await repository.count_attempts(tx, rule, now)))
        else:
            found.append(Finding(rule.key, rule.of, *await repository.count_items(tx, rule, now)))
    return found


async def count_held(tx: AsyncConnection, rules: Sequence[Rule]) -> int:
    """Records that a hold keeps whatever the rules say."""
    kinds = {kind for rule in rules if rule.of == "records" for kind in kinds_of(rule, rules)}
    return await repository.count_held(tx, sorted(kinds))


async def next_records(
    tx: AsyncConnection, rules: Sequence[Rule], now: int, after: tuple[str, str] | None
) -> list[tuple[str, str]]:
    """(id, source) of the next records whose time is over."""
    return await repository.over_time(tx, rules, now, after, BATCH)


async def delete_records(
    tx: AsyncConnection, vault: Vault, reader: SubjectReader, keys: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """Delete those that are still there and not held meanwhile; how many rows, by what they were."""
    leaving = await keeping.leaving_by_key(tx, keys, repository.SPARED)
    if not leaving:
        return {}
    counts = await withdraw(tx, vault, reader, leaving, "retention")
    del counts["records"]
    for row in leaving:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    return counts


async def delete_others(tx: AsyncConnection, vault: Vault, rule: Rule, now: int) -> dict[str, int]:
    """Delete some of what a rule that is not of records is about; how many, nothing where there is no more."""
    if rule.of == "attempts":
        count = await repository.delete_attempts(tx, rule, now, BATCH)
    else:
        items = await repository.old_items(tx, rule, now, BATCH)
        count = await quarantine.delete_old(tx, vault, items)
    return {rule.of: count} if count else {}


async def delete_grants(tx: AsyncConnection) -> dict[str, int]:
    """Forget grants that have expired anyway; how many."""
    return {"grants": await forget_spent(tx)}


def policy_row(policy: Policy) -> dict[str, Any]:
    """The rules as clients see them."""
    return {
        "version": policy.version,
        "active": policy.active,
        "rules": msgspec.to_builtins(policy.rules),
        "changed_at": None if policy.changed_at is None else moments.moment_of(policy.changed_at),
        "changed_by": policy.changed_by,
    }

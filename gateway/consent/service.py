"""Use cases of consent: publish notices, apply acts to the ledger, follow merges and erasures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository
from gateway.consent.core_notice import CORE, TEXT
from gateway.consent.domain import (
    Act,
    Origin,
    State,
    fold,
    force_of,
    micros,
    moment_of,
    published,
    would_revive,
)
from gateway.consent.repository import Held
from gateway.errors import NoticeUnknown
from gateway.tables import store
from kernel.contracts.consents import ConsentChanged, NoticePublished
from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.errors import FieldError, Gone, InvalidInput
from kernel.ids import new_id
from kernel.privacy.purposes import Purpose
from kernel.store.outbox import publish

CLOCK_SKEW_S = 300
"""How far a captured time may lie in the future (public contract)."""


async def publish_notice(
    tx: AsyncConnection, *, key: str, purposes: Sequence[str], text: Mapping[str, str], by: str
) -> dict[str, Any]:
    """A new, immutable version of the notice `key`. Raises IntegrityError where two publish at the same moment.

    Its hash is SHA-256 over the text as JSON with sorted keys and no spaces (RFC 8785).
    """
    version = await repository.newest_version(tx, key) + 1
    digest = sha256(msgspec.json.encode(dict(text), order="sorted")).hexdigest()
    now = datetime.now(UTC)
    row = {"key": key, "version": version, "purposes": list(purposes), "text": dict(text)}
    await repository.insert_notice(tx, {**row, "sha256": digest, "created_by": by, "created_at": now})
    event = NoticePublished(
        id=new_id(),
        version=NoticePublished.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        notice=key,
        notice_version=version,
        purposes=tuple(purposes),
        sha256=digest,
    )
    await publish(tx, store, [event])
    return {**row, "sha256": digest, "created_at": now}


async def publish_core_notice(tx: AsyncConnection) -> None:
    """The first version of `core`, unless there is one."""
    if not await repository.newest_version(tx, CORE):
        await publish_notice(tx, key=CORE, purposes=[*Purpose], text=TEXT, by="first start")


async def mind_notice(tx: AsyncConnection, key: str, version: int, purposes: Sequence[str]) -> None:
    """Returns where the notice told of all `purposes`. Raises NoticeUnknown, InvalidInput for one it does not name."""
    row = await repository.find_notice(tx, key, version)
    if row is None:
        raise NoticeUnknown("Publish the notice first, or name a version that exists.")
    strange = [
        FieldError(f"/purposes/{index}", f"The notice says nothing of {purpose!r}.")
        for index, purpose in enumerate(purposes)
        if purpose not in row.purposes
    ]
    if strange:
        raise InvalidInput("A person cannot agree to what the notice does not tell.", errors=strange)


def mind_capture(captured_at: datetime, now: datetime) -> None:
    """Raises InvalidInput for a captured time in the future, the allowed skew of clocks aside."""
    if (captured_at - now).total_seconds() > CLOCK_SKEW_S:
        errors = [FieldError("/captured_at", "It lies in the future.")]
        raise InvalidInput("Consent cannot be captured in the future.", errors=errors)


async def person_of(tx: AsyncConnection, subject: str) -> tuple[str, dict[str, Origin]]:
    """The id a subject is read as and its origins, from the primary. Raises Gone for an erased person."""
    root, origins, erased = await repository.read_person(tx, subject)
    if erased:
        raise Gone
    return root, origins


def capped(captured_at: int, recorded_at: int) -> int:
    """An act cannot be newer than its record: else one of a fast clock would outlive a withdrawal after it."""
    return min(captured_at, recorded_at)


def withdrawal_moment(origins: Mapping[str, Origin], purposes: Sequence[str], now: int) -> int:
    """When a withdrawal counts: now, or at the newest grant that another machine's clock set after now."""
    granted = (
        origin.state[purpose].granted_at or 0
        for origin in origins.values()
        for purpose in purposes
        if purpose in origin.state
    )
    return max(now, *granted, 0)


async def apply_acts(tx: AsyncConnection, acts: Sequence[Act], *, keep_all: bool = False) -> int:
    """Apply acts to the ledger and announce what changed, in the open transaction; how many were kept as evidence.

    One that changes nothing is not kept (unless `keep_all`). Acts on a merged person are applied to each origin.
    """
    await repository.enter_ledger(tx)
    acts = await _for_each_origin(tx, acts)
    subjects = sorted({act.subject for act in acts})
    held = await repository.lock_states(tx, subjects)
    acts = await _without_repeated_proofs(tx, acts, held)
    states: dict[str, State] = {}
    kept = []
    for act in acts:
        before = states.get(act.subject)
        if before is None:
            before = held[act.subject].state
        after = fold(before, act)
        if after is not before:
            states[act.subject] = after
        if keep_all or after is not before:
            kept.append(act)
    await repository.insert_acts(tx, kept)
    await _store(tx, held, states)
    return len(kept)


async def _store(tx: AsyncConnection, held: Mapping[str, Held], states: Mapping[str, State]) -> None:
    if not states:
        return
    changed = {
        subject: Held(held[subject].version + 1, state, held[subject].restricted)
        for subject, state in states.items()
    }
    await repository.write_states(tx, changed)
    news = {
        subject: now
        for subject, now in changed.items()
        if force_of(now.state) != force_of(held[subject].state)
    }
    await publish_states(tx, news)


async def publish_states(tx: AsyncConnection, states: Mapping[str, Held]) -> None:
    """Announce whole states."""
    if not states:
        return
    moment = datetime.now(UTC)
    events = [
        ConsentChanged(
            id=new_id(),
            version=ConsentChanged.VERSION,
            subject=subject,
            occurred_at=moment,
            recorded_at=moment,
            ledger_version=held.version,
            purposes=published(held.state),
            restricted=held.restricted,
        )
        for subject, held in states.items()
    ]
    await publish(tx, store, events)


async def _for_each_origin(tx: AsyncConnection, acts: Sequence[Act]) -> Sequence[Act]:
    """An act after a merge is the whole person's: the origins merged in get it too, each with evidence of its own."""
    members = await repository.merged_members(tx, sorted({act.subject for act in acts}))
    if not members:
        return acts
    spread = list(acts)
    for act in acts:
        for member, merged_at in members.get(act.subject, ()):
            if act.kind == "withdrawn" or act.captured_at > merged_at:
                spread.append(act._replace(id=new_id(), subject=member))
    return spread


async def _without_repeated_proofs(
    tx: AsyncConnection, acts: Sequence[Act], held: Mapping[str, Held]
) -> Sequence[Act]:
    """Leave out acts that would revive a withdrawn purpose by a proof that was shown before."""
    suspects = {act.subject for act in acts if would_revive(held[act.subject].state, act)}
    if not suspects:
        return acts
    seen = await repository.proofs_of(tx, sorted(suspects))
    return [
        act
        for act in acts
        if act.subject not in suspects
        or (act.subject, act.proof) not in seen
        or not would_revive(held[act.subject].state, act)
    ]


async def hear_merges(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Follow merges and splits; the ledger keeps every origin's own state."""
    rows = []
    for event in events:
        if isinstance(event, SubjectMerged | SubjectSplit):
            rows.append(
                {
                    "subject": event.subject,
                    "merged_into": event.into if isinstance(event, SubjectMerged) else None,
                    "merge_id": event.merge_id,
                    "merge_version": event.merge_version,
                    "merged_at": event.occurred_at,
                }
            )
    if rows:
        await repository.write_merges(tx, rows)


async def hear_erasures(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Destroy what the ledger holds of erased people, and remember their ids for ever."""
    for event in events:
        if isinstance(event, SubjectErased):
            subjects = sorted({event.subject or "", *event.origins} - {""})
            await repository.insert_erased(tx, subjects, event.recorded_at)
            await repository.delete_subjects(tx, subjects)


__all__ = ["micros", "moment_of"]

"""Use cases of merges: merge two people, undo a merge, settle suggestions."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.errors import Gone, NotFound
from kernel.ids import new_id
from kernel.privacy.redaction import redact
from kernel.store.outbox import publish
from kernel.telemetry import sampled_traceparent
from services.ingest import moments
from services.ingest.errors import AlreadyOne, MergeUndone, SuggestionSettled
from services.ingest.identity.service import Kin, everybody_read_as, read_as
from services.ingest.merges import repository
from services.ingest.merges.domain import (
    ACCEPTED,
    MERGED,
    OPEN,
    REJECTED,
    SPLIT,
    Entry,
    Pair,
    ordered,
    root_of,
    steps_of,
)
from services.ingest.tables import store


class Merged(NamedTuple):
    """What a merge or a split did. `members` are all whose reading it changed."""

    merge_id: str
    version: int
    source: str
    target: str
    at: int
    members: tuple[str, ...]


class Why(NamedTuple):
    """Who asks, and for what reason, in their words: what points at a person is taken out before it is kept."""

    client_id: str
    reason: str
    suggestion_id: str | None = None


async def merge(tx: AsyncConnection, source: str, target: str, why: Why) -> Merged:
    """Let the person behind `source` be read as the one behind `target`.

    Raises NotFound for an unknown subject, Gone where one is erased, AlreadyOne where they are read as one already.
    """
    version = await repository.enter(tx)
    ours, theirs = await _family(tx, source), await _family(tx, target)
    origin, into = ours[0].family, theirs[0].family
    if origin == into:
        raise AlreadyOne("Both ids are read as one person already.")
    members = tuple(kin.id for kin in (*ours, *theirs))
    await read_as(tx, dict.fromkeys(members, into))
    entry = Entry(version, new_id(), MERGED, origin, into)
    return await _entered(tx, entry, why, members)


async def split(tx: AsyncConnection, merge_id: str, why: Why) -> Merged:
    """Undo a merge: what was merged into its source before stays with that.

    Raises NotFound for an unknown merge, MergeUndone where it was undone, Gone where one of them was erased since.
    """
    version = await repository.enter(tx)
    told = await repository.entries_of(tx, merge_id)
    if not told:
        raise NotFound("There is no such merge.")
    if told[-1].act == SPLIT:
        raise MergeUndone("The merge was undone before.")
    source, target = told[0].source, told[0].target
    members = tuple(kin.id for kin in await _family(tx, source))
    steps = steps_of(await repository.entries_from(tx, members))
    del steps[source]
    await read_as(tx, {member: root_of(member, steps) for member in members})
    await repository.reject_behind(tx, merge_id, why.client_id)
    return await _entered(tx, Entry(version, merge_id, SPLIT, source, target), why, members)


async def in_ledger(tx: AsyncConnection, subject: str) -> bool:
    """Whether this subject was ever merged into somebody, undone or not."""
    return bool(await repository.entries_from(tx, [subject]))


async def _family(tx: AsyncConnection, subject: str) -> list[Kin]:
    family = await everybody_read_as(tx, subject)
    if not family:
        raise NotFound("There is no such person.")
    if any(kin.erased for kin in family):
        raise Gone()
    return family


async def _entered(tx: AsyncConnection, entry: Entry, why: Why, members: tuple[str, ...]) -> Merged:
    await repository.add_entry(tx, entry, redact(why.reason).text, why.client_id, why.suggestion_id)
    at = moments.now()
    await publish(tx, store, [_event(entry, at)])
    return Merged(entry.merge_id, entry.version, entry.source, entry.target, at, members)


def _event(entry: Entry, at: int) -> Event:
    envelope: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "subject": entry.source,
        "occurred_at": moments.moment_of(at),
        "recorded_at": moments.moment_of(at),
        "traceparent": sampled_traceparent(),
        "merge_id": entry.merge_id,
        "merge_version": entry.version,
    }
    return SubjectMerged(**envelope, into=entry.target) if entry.act == MERGED else SubjectSplit(**envelope)


async def accept(tx: AsyncConnection, key: str, client_id: str) -> tuple[Merged | None, str]:
    """Merge what a suggestion is about: the merge, and whom both are read as now. The older id is the one that stays.

    No merge where other merges have joined them meanwhile. Raises NotFound for an unknown suggestion,
    SuggestionSettled where it was rejected, Gone where one of the two was erased.
    """
    row = await _open_suggestion(tx, key)
    why = Why(client_id, f"suggestion {key} accepted", key)
    try:
        made = await merge(tx, row.b, row.a, why) if row.state == OPEN else None
    except AlreadyOne:
        made = None
    await repository.settle(tx, [key], ACCEPTED, client_id)
    return made, (await _family(tx, row.a))[0].family


async def reject(tx: AsyncConnection, key: str, client_id: str) -> None:
    """The two are two people: they are not suggested again. Raises NotFound, SuggestionSettled (accepted before)."""
    row = await repository.suggestion_by_id(tx, key, lock=True)
    if row is None:
        raise NotFound("There is no such suggestion.")
    if row.state == ACCEPTED:
        raise SuggestionSettled("It was accepted before; split the merge instead.")
    await repository.settle(tx, [key], REJECTED, client_id)


async def _open_suggestion(tx: AsyncConnection, key: str) -> Any:
    row = await repository.suggestion_by_id(tx, key, lock=True)
    if row is None:
        raise NotFound("There is no such suggestion.")
    if row.state == REJECTED:
        raise SuggestionSettled("It was rejected before.")
    return row


async def suggest(tx: AsyncConnection, pairs: Sequence[Pair]) -> None:
    """Keep suggestions of pairs that nobody settled yet."""
    await repository.add_pairs(tx, pairs)


async def keep_found(tx: AsyncConnection, pairs: Sequence[Pair], families: Mapping[str, str]) -> int:
    """What the model found takes the place of what it found before; returns how many suggestions there are now.

    Of several pairs between the same two people the likeliest is kept; people that are read as one, and those
    somebody said are two, are left out.
    """
    refused = {_people(a, b, families) for a, b in await repository.rejected_pairs(tx)}
    best: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        people = _people(pair.a, pair.b, families)
        known = best.get(people)
        if (
            people[0] != people[1]
            and people not in refused
            and (known is None or pair.probability > known.probability)
        ):
            best[people] = pair
    await repository.drop_open(tx, "model", {(pair.a, pair.b) for pair in best.values()})
    await repository.add_pairs(tx, list(best.values()))
    return len(best)


def _people(a: str, b: str, families: Mapping[str, str]) -> tuple[str, str]:
    return ordered(families.get(a, a), families.get(b, b))


async def judged_pairs(tx: AsyncConnection) -> list[tuple[str, str, bool, float]]:
    """The model's suggestions that somebody settled: (a, b, one person?, probability)."""
    return [(a, b, state == ACCEPTED, told) for a, b, state, told in await repository.judged_pairs(tx)]


async def page_of_suggestions(
    tx: AsyncConnection, state: str, after: tuple[float, str] | None, limit: int
) -> Sequence[Any]:
    """Suggestions, the likeliest first."""
    return await repository.page_of(tx, state, after, limit)


async def forget_origins(tx: AsyncConnection, subjects: Sequence[str]) -> dict[str, int]:
    """Part of an erasure: how many suggestions about the subjects were deleted. The ledger holds ids only, and stays."""
    return {"suggestions": await repository.forget(tx, subjects)}

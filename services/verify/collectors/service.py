"""Counting what collectors hand in, and judging them when somebody asks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import CollectorEvidence, RecordAccepted
from kernel.errors import NotFound
from services.verify.challenges.proofs import quick_codes_of
from services.verify.collectors import queue, repository, withdrawn
from services.verify.collectors.domain import PEOPLE_A_NUMBER, Conduct, Reason, Verdict, answers_hash, judge
from services.verify.collectors.records import (
    QUEUED_FROM,
    SAME_SHEETS,
    Doubted,
    Sheet,
    Step,
    answered,
    disagrees,
    doubt_record,
    is_hasty,
    is_jump,
    is_move,
    is_mute,
    is_overlap,
    reasons_of,
    step_of,
)

_Taken = tuple[RecordAccepted, CollectorEvidence]


@dataclass(slots=True)
class _Batch:
    """What a batch of records adds, by what it is about."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    devices: set[tuple[str, str]] = field(default_factory=set)
    numbers: set[tuple[str, str, str]] = field(default_factory=set)
    blocks: set[tuple[str, str, str]] = field(default_factory=set)
    sheets: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    shares: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    """Record to collector to what the record counted for: to be taken off again where it is withdrawn."""

    def add(self, record_id: str, collector: str, **counts: int) -> None:
        """Count what a record says of a collector."""
        told = Counter({name: count for name, count in counts.items() if count})
        self.counts[collector].update(told)
        self.shares.setdefault(record_id, {}).setdefault(collector, Counter()).update(told)


async def count_records(tx: AsyncConnection, events: Sequence[RecordAccepted]) -> None:
    """Add records that name a collector to its counters, and queue those that are doubted for a person.

    A dozen statements, however many records. Within a batch records are taken in the order in which they began.
    """
    taken = [(event, event.collector) for event in events if event.collector]
    if not taken:
        return
    taken.sort(key=lambda one: one[1].started_at or one[0].occurred_at)
    batch = _Batch()
    for event, collector in taken:
        _count(batch, event, collector)
    before = await _follow(tx, batch, taken)
    backs = await _compare(tx, batch, taken)
    await repository.add_tallies(tx, batch.counts)
    await repository.add_devices(tx, batch.devices)
    await repository.add_numbers(tx, batch.numbers)
    await repository.add_blocks(tx, batch.blocks)
    await repository.add_answers(tx, batch.sheets)
    await withdrawn.note(tx, [_share(batch, *one) for one in taken])
    await _queue(tx, taken, before, backs)


async def list_collectors(
    connection: AsyncConnection, after: str, limit: int, now: datetime
) -> list[tuple[Conduct, Verdict]]:
    """Up to `limit` collectors above the id `after`, each with what the rules say of it."""
    found = await repository.list_conduct(connection, after, limit)
    codes = await quick_codes_of(connection, [one.collector for one in found], now)
    known = [
        one._replace(codes=codes[one.collector][0], quick_codes=codes[one.collector][1])
        if one.collector in codes
        else one
        for one in found
    ]
    return [(conduct, judge(conduct)) for conduct in known]


async def review_record(
    tx: AsyncConnection, record_id: str, verdict: str, reviewer: str, now: datetime
) -> object:
    """A person's verdict (`false` or `honest`) on a doubted record: it counts for its collector from now on.

    Raises NotFound where no record waits under that id.
    """
    row = await queue.judge_doubted(tx, record_id, verdict, reviewer, now)
    if row is None:
        raise NotFound("No record waits for a review under this id.")
    found_false = Counter(judged=1, invented=int(verdict == "false"))
    await repository.add_tallies(tx, {str(row.collector): found_false})
    return row


def _share(batch: _Batch, event: RecordAccepted, taken: CollectorEvidence) -> withdrawn.Share:
    sheet = answers_hash(event.payload) if event.kind == "survey" else None
    counts = batch.shares[event.record_id]
    return withdrawn.Share(event.record_id, taken.id, event.subject, taken.device, sheet, counts)


def _count(batch: _Batch, event: RecordAccepted, taken: CollectorEvidence) -> None:
    counts = {"records": 1, "templates": int(taken.number_template)}
    if taken.duration_ms is not None:
        counts |= {"timed": 1, "hasty": int(is_hasty(event.kind, taken.duration_ms))}
    if taken.audio_ms is not None:
        counts |= {"spoken": 1, "mute": int(is_mute(taken, len(answered(event.payload))))}
    if taken.device:
        batch.devices.add((taken.device, taken.id))
    if event.subject:
        batch.numbers.update((taken.id, index, event.subject) for index in event.indexes.get("phone", ()))
        if taken.number_block:
            batch.blocks.add((taken.id, taken.number_block, event.subject))
    if event.kind == "survey" and (sheet := answers_hash(event.payload)):
        counts["surveys"] = 1
        batch.sheets[taken.id, sheet] += 1
    batch.add(event.record_id, taken.id, **counts)


async def _follow(tx: AsyncConnection, batch: _Batch, taken: Sequence[_Taken]) -> list[Step | None]:
    """For each record the step before it; journeys and overlaps are counted on the way."""
    last = await repository.trails_of(tx, batch.counts)
    before: list[Step | None] = []
    moved: dict[str, Step] = {}
    for event, collector in taken:
        now, known = step_of(event, collector), last.get(collector.id)
        late = now is None or (known is not None and now.started_at < known.started_at)
        before.append(None if late else known)
        if now is None or late:
            continue  # what arrives after its successor tells nothing of the way between
        if known is not None and known.subject != now.subject:
            batch.add(
                event.record_id,
                collector.id,
                followed=1,
                overlapped=int(is_overlap(known, now)),
                moves=int(is_move(known, now)),
                jumps=int(is_jump(known, now)),
            )
        last[collector.id] = moved[collector.id] = now
    await repository.move_trails(tx, moved)
    return before


async def _compare(tx: AsyncConnection, batch: _Batch, taken: Sequence[_Taken]) -> list[Doubted]:
    """Back-checks: the same form of the same person, taken again by somebody else; the first records that disagree."""
    asked = [(event, collector) for event, collector in taken if event.kind == "survey" and event.subject]
    known = await repository.sheets_of(tx, {event.subject or "" for event, _ in asked}) if asked else {}
    new: dict[tuple[str, str], Sheet] = {}
    differing: list[Doubted] = []
    for event, collector in asked:
        key, given = (event.subject or "", str(event.payload.get("form") or "")[:60]), answered(event.payload)
        first = known.get(key)
        if not given:
            continue
        if first is None:
            known[key] = new[key] = Sheet(collector.id, given, event.record_id, event.occurred_at)
        elif first.collector != collector.id and (differs := disagrees(first.answers, given)) is not None:
            batch.add(event.record_id, first.collector, checked=1, disagreed=int(differs))
            if differs:
                differing.append(_denied(first, event.subject))
    await repository.add_sheets(tx, new)
    return differing


def _denied(first: Sheet, subject: str | None) -> Doubted:
    reasons = [Reason("back-check", "Asked again, the person mostly answered otherwise.")]
    return Doubted(first.record_id, first.collector, subject, first.at, doubt_record(reasons), reasons)


async def _queue(
    tx: AsyncConnection, taken: Sequence[_Taken], before: Sequence[Step | None], denied: Sequence[Doubted]
) -> None:
    collectors = {collector.id for _, collector in taken}
    people = await repository.people_of_numbers(tx, collectors, PEOPLE_A_NUMBER)
    blocks = await repository.neighbours_of(tx, collectors)
    repeated = await repository.repeated_sheets(tx, collectors, SAME_SHEETS)
    doubted = {one.record_id: one for one in denied}
    for (event, collector), step in zip(taken, before, strict=True):
        shared = max(
            (people.get((collector.id, one), 0) for one in event.indexes.get("phone", ())), default=0
        )
        neighbours = blocks.get((collector.id, collector.number_block or ""), 0)
        reasons = reasons_of(event, collector, step, neighbours, shared)
        sheet = answers_hash(event.payload) if event.kind == "survey" else None
        if sheet and (collector.id, sheet) in repeated and len(answered(event.payload)) >= SAME_SHEETS:
            reasons.append(Reason("same-answers", "The collector handed in exactly these answers before."))
        score = doubt_record(reasons)
        if score >= QUEUED_FROM:
            doubted[event.record_id] = Doubted(
                event.record_id, collector.id, event.subject, event.occurred_at, score, reasons
            )
    if doubted:
        await queue.add_doubted(tx, [doubted[one] for one in sorted(doubted)])

"""Records that are gone from ingest: what they counted for their collectors is taken off again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from services.verify.collectors import repository
from services.verify.collectors.tables import answers, block, device, doubted, number, share, sheet, tally

_FALSE: Final = "false"


class Share(NamedTuple):
    """What one record counted for: its own collector, and, in a back-check, whoever asked before."""

    record_id: str
    collector: str
    subject: str | None
    device: str | None
    answers: bytes | None
    counts: Mapping[str, Mapping[str, int]]


async def note(tx: AsyncConnection, shares: Sequence[Share]) -> None:
    """Keep what records count for, beside the sums."""
    columns: dict[str, Sequence[Any]] = {
        name: [getattr(one, name) for one in shares] for name in Share._fields if name != "counts"
    }
    columns["counts"] = [{key: dict(value) for key, value in one.counts.items()} for one in shares]
    await insert_many(tx, share, columns, conflict="(record_id) DO NOTHING")


async def take_off(tx: AsyncConnection, record_ids: Sequence[str], *, stands: bool) -> None:
    """Forget records. Unless what they told of their collectors `stands` (their time was over, nothing was wrong with
    them), the counters are as if they had never been; where a collector was last stays.
    """
    if not record_ids:
        return
    gone: Sequence[Any] = await select_any(tx, sa.select(share), share.c.record_id, list(record_ids))
    judged: Sequence[Any] = await select_any(tx, sa.select(doubted), doubted.c.record_id, list(record_ids))
    for table in (share, sheet, doubted):
        await tx.execute(sa.delete(table).where(one_of(tx, table.c.record_id, list(record_ids))))
    if not stands:
        less = _less(gone, judged)
        await repository.add_tallies(tx, less)
        nothing = sa.delete(tally).where(tally.c.records <= 0)
        await tx.execute(nothing.where(one_of(tx, tally.c.collector, sorted(less))))
        await _take_answers(tx, gone)
    await _forget_meetings(tx, gone)


def _less(gone: Sequence[Any], judged: Sequence[Any]) -> dict[str, Counter[str]]:
    less: dict[str, Counter[str]] = {}
    for row in gone:
        for collector, counts in row.counts.items():
            less.setdefault(collector, Counter()).subtract(counts)
    for row in judged:
        if row.state != "open":
            found = Counter(judged=1, invented=int(row.state == _FALSE))
            less.setdefault(row.collector, Counter()).subtract(found)
    return less


async def _take_answers(tx: AsyncConnection, gone: Sequence[Any]) -> None:
    surveys = Counter((row.collector, bytes(row.answers)) for row in gone if row.answers is not None)
    await repository.add_answers(tx, {key: -count for key, count in surveys.items()})
    if surveys:
        none_left = sa.delete(answers).where(answers.c.surveys <= 0)
        await tx.execute(
            none_left.where(one_of(tx, answers.c.collector, sorted({key for key, _ in surveys})))
        )


async def _forget_meetings(tx: AsyncConnection, gone: Sequence[Any]) -> None:
    """Numbers, blocks and devices of collectors go with the last record that told of them."""
    for collector, subject in sorted({(row.collector, row.subject) for row in gone if row.subject}):
        left = sa.exists().where(share.c.collector == collector, share.c.subject == subject)
        for table in (number, block):
            pair = sa.and_(table.c.collector == collector, table.c.subject == subject)
            await tx.execute(sa.delete(table).where(pair, ~left))
    for collector, used in sorted({(row.collector, row.device) for row in gone if row.device}):
        left = sa.exists().where(share.c.collector == collector, share.c.device == used)
        pair = sa.and_(device.c.collector == collector, device.c.device == used)
        await tx.execute(sa.delete(device).where(pair, ~left))

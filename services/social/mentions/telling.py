"""Telling others what mentions say, and as whose: where a mention was told of somebody before, that is taken back first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed, MentionsWithdrawn
from kernel.ids import new_id
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent
from services.social.analysis.domain import Analysis
from services.social.analysis.domain.announcing import announce
from services.social.analysis.domain.findings import AspectFinding, Sentiment, Spam
from services.social.mentions.domain.moments import moment_of
from services.social.mentions.repository import pages, told
from services.social.people import service as people
from services.social.tables import store

RETOLD_A_TURN = 500
SPEAKERS_A_TURN = 50


class Said(NamedTuple):
    """A mention's row, what was read in it, and the topics it speaks of."""

    row: sa.Row[Any]
    found: Analysis
    topics: tuple[str, ...]


async def tell(tx: AsyncConnection, said: Sequence[Said]) -> None:
    """Publish analyses, each as its author's where terms and consent allow that now, else as nobody's."""
    authors = {one.row.author for one in said if one.row.linkable and one.row.author}
    who, open_ = await people.tied(tx, authors, datetime.now(UTC))
    await people.look_again(tx, open_)
    await _tell_as(
        tx, said, {one.row.mention_id: who.get(one.row.author) for one in said if one.row.linkable}
    )


async def tell_again(tx: AsyncConnection) -> bool:
    """Tell mentions anew of whose author it has changed as whom they may be told; False where there is none."""
    worked, now = False, datetime.now(UTC)
    for speaker in await people.untold(tx, SPEAKERS_A_TURN):
        who = await people.tied(tx, [speaker.author], now)
        if speaker.author in who.open:
            continue
        worked, subject = True, who.subjects.get(speaker.author)
        rows = await told.select_mistold(tx, speaker.author, subject, RETOLD_A_TURN)
        await _tell_as(tx, await _read_again(tx, rows), {row.mention_id: subject for row in rows})
        if len(rows) < RETOLD_A_TURN:
            await people.note_told(tx, speaker)
    return worked


async def take_words_back(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """Tell whoever follows that these mentions are gone: before they are deleted."""
    if ids:
        before, now = await told.select_told(tx, ids), datetime.now(UTC)
        as_nobody = [one for one in ids if one not in before]
        events = [*_withdrawn(before, now), *([_void(None, as_nobody, now)] if as_nobody else [])]
        await publish(tx, store, events)


async def _tell_as(tx: AsyncConnection, said: Sequence[Said], subjects: Mapping[str, str | None]) -> None:
    if not said:
        return
    now, before = datetime.now(UTC), await told.select_told(tx, [one.row.mention_id for one in said])
    events: list[Event] = _withdrawn(before, now)
    events += [_event(one, subjects.get(one.row.mention_id), now) for one in said]
    as_persons = [(one, subject) for one, subject in subjects.items() if subject]
    await told.replace_told(tx, sorted(before), sorted(as_persons))
    await publish(tx, store, events)


def _withdrawn(before: Mapping[str, str], now: datetime) -> list[Event]:
    """What was told of people is void; it goes after it, in the same partition."""
    by_subject: dict[str, list[str]] = defaultdict(list)
    for mention_id, subject in before.items():
        by_subject[subject].append(mention_id)
    return [_void(subject, ids, now) for subject, ids in sorted(by_subject.items())]


def _void(subject: str | None, ids: Iterable[str], now: datetime) -> MentionsWithdrawn:
    return MentionsWithdrawn(
        id=new_id(),
        version=MentionsWithdrawn.VERSION,
        subject=subject,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        record_ids=tuple(ids),
    )


def _event(said: Said, subject: str | None, now: datetime) -> MentionAnalyzed:
    """Who is told as a person has no pseudonym beside it: it would lead to all that they said elsewhere."""
    row = said.row
    return announce(
        said.found,
        mention_id=row.mention_id,
        mention_version=row.version,
        platform=row.platform,
        author=None if subject else row.author,
        subject=subject,
        occurred_at=moment_of(row.published_ms),
        recorded_at=now,
        rating=row.rating,
        topics=said.topics,
        traceparent=current_traceparent(),
    )


async def _read_again(tx: AsyncConnection, rows: Sequence[sa.Row[Any]]) -> list[Said]:
    """Mentions as they were analysed."""
    ids = [row.mention_id for row in rows]
    aspects, topics = defaultdict(list), defaultdict(list)
    for row in await pages.select_aspects(tx, ids):
        aspects[row.mention_id].append(AspectFinding(row.aspect, row.polarity, row.evidence))
    for row in await pages.select_topic_ids(tx, ids):
        topics[row.mention_id].append(row.topic_id)
    return [Said(row, _analysis(row, aspects[row.mention_id]), tuple(topics[row.mention_id])) for row in rows]


def _analysis(row: sa.Row[Any], aspects: list[AspectFinding]) -> Analysis:
    return Analysis(
        lang=row.lang,
        sentiment=Sentiment(row.sentiment, row.score, row.abstained),
        emotion=row.emotion,
        intents=msgspec.json.decode(row.intents),
        aspects=aspects,
        spam=Spam(row.spam, row.spam_score),
        pii=[],
        redacted=row.text,
        model=row.model,
    )

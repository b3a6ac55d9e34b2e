"""Use cases of mentions: take, list, analyse, label. None of them commits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.analysis.domain import Analysis
from services.social.mentions.domain.corrections import Labels, corrected
from services.social.mentions.domain.incoming import Refused, Taken
from services.social.mentions.repository import gone, pages, reviews, rows
from services.social.mentions.repository.counts import (
    Span,
    count_aspects,
    count_authors,
    count_links,
    count_spam,
    count_tones,
    count_topics,
    count_voices,
    select_said,
    select_span,
    select_voices,
)
from services.social.mentions.repository.pages import Filter
from services.social.mentions.schemas import Receipt
from services.social.mentions.telling import Said, take_words_back, tell, tell_again
from services.social.people import service as people
from services.social.topics import service as topics_service
from services.social.topics.domain import Matcher

__all__ = [
    "Filter",
    "Span",
    "accept_mentions",
    "count_aspects",
    "count_authors",
    "count_links",
    "count_spam",
    "count_tones",
    "count_topics",
    "count_voices",
    "drop_expired",
    "has_expired",
    "label_older",
    "list_mentions",
    "note_origins",
    "record_analyses",
    "remove_mentions",
    "remove_of_authors",
    "select_said",
    "select_span",
    "select_voices",
    "take_pending",
    "tell_again",
]


async def accept_mentions(
    tx: AsyncConnection,
    batch: Sequence[Taken | Refused],
    now_ms: int,
    met: Mapping[str, str] | None = None,
) -> list[Receipt]:
    """Store what is new or edited, put aside what is refused; one receipt each, in order.

    Of several versions of a mention in one batch the last is stored. `met`: blind indexes of authors not known before
    (`Speakers.meet`).
    """
    await people.introduce(tx, met or {})
    taken = [item for item in batch if isinstance(item, Taken)]
    said = await rows.select_fingerprints(tx, [item.mention_id for item in taken])
    taken_back = await gone.select_removed(tx, [item.mention_id for item in taken])
    receipts, fresh = [], {}
    for item in batch:
        if isinstance(item, Refused):
            receipts.append(Receipt(item.place, item.native_id, "quarantined", item.reasons))
            continue
        before = said.get(item.mention_id)
        if before == item.fingerprint or item.mention_id in taken_back:
            receipts.append(Receipt(item.place, item.native_id, "duplicate"))
            continue
        said[item.mention_id] = item.fingerprint
        fresh[item.mention_id] = item
        receipts.append(Receipt(item.place, item.native_id, "edited" if before else "accepted"))
    stored = [
        fresh[mention_id] for mention_id in sorted(fresh)
    ]  # one order for all, so that no two wait for each other
    await rows.upsert_mentions(tx, _mention_columns(stored, now_ms))
    refused = {item.fingerprint: item for item in batch if isinstance(item, Refused)}
    await rows.insert_quarantined(tx, _refused_columns([refused[key] for key in sorted(refused)], now_ms))
    return receipts


async def remove_mentions(tx: AsyncConnection, ids: Sequence[str], now_ms: int) -> int:
    """Delete what its platform or author took back; a repeated call does not bring it in again. How many there were."""
    await gone.insert_removed(tx, sorted(set(ids)), now_ms)
    return await _delete(tx, ids)


async def _delete(tx: AsyncConnection, ids: Sequence[str]) -> int:
    there = await gone.select_there(tx, ids)
    await take_words_back(tx, there)
    return await gone.delete_mentions(tx, there)


async def remove_of_authors(tx: AsyncConnection, authors: Sequence[str], now_ms: int) -> int:
    """Delete all that authors (keyed hashes) wrote. How many mentions there were."""
    return await remove_mentions(tx, await gone.select_of_author(tx, authors), now_ms)


async def drop_expired(tx: AsyncConnection, now_ms: int, limit: int) -> int:
    """Delete up to `limit` mentions that their source's terms let be kept no longer. How many there were."""
    return await _delete(tx, await gone.select_expired(tx, now_ms, limit))


async def has_expired(tx: AsyncConnection, now_ms: int) -> bool:
    """Whether there is something to drop."""
    return bool(await gone.select_expired(tx, now_ms, 1))


async def note_origins(
    tx: AsyncConnection, ids: Sequence[str], connector_id: str, expires_ms: int | None
) -> None:
    """Note which connector brought mentions, and until when they may be kept; those taken back are not there."""
    there = set(ids) - await gone.select_removed(tx, ids)
    await gone.upsert_origins(tx, sorted(there), connector_id, expires_ms)


async def list_mentions(
    tx: AsyncConnection, wanted: Filter, after: tuple[int, str] | None, limit: int
) -> tuple[Sequence[sa.Row[Any]], dict[str, list[dict[str, str]]], dict[str, list[str]]]:
    """Up to `limit` + 1 rows after a position, and the aspects and topic ids by mention id."""
    found = await pages.select_mentions(tx, wanted, after, limit + 1)
    ids = [row.mention_id for row in found]
    aspects, topics = defaultdict(list), defaultdict(list)
    for row in await pages.select_aspects(tx, ids):
        aspects[row.mention_id].append(
            {"aspect": row.aspect, "polarity": row.polarity, "evidence": row.evidence}
        )
    for row in await pages.select_topic_ids(tx, ids):
        topics[row.mention_id].append(row.topic_id)
    return found, aspects, topics


async def take_pending(tx: AsyncConnection, limit: int) -> Sequence[sa.Row[Any]]:
    """Mentions that wait to be analysed; not locked, as analysing takes long."""
    return await rows.select_pending(tx, limit)


async def record_analyses(
    tx: AsyncConnection, waited: Sequence[sa.Row[Any]], analyses: Sequence[Analysis], matcher: Matcher
) -> int:
    """Store the analyses and publish them, each version of a mention once, whoever else analysed it meanwhile.

    Returns how many were published; what was edited meanwhile waits on.
    """
    ids = [row.mention_id for row in waited]
    held = await rows.lock_pending(tx, ids)
    said = {one: _labels(labels) for one, labels in (await reviews.select_labels(tx, ids)).items()}
    done = [
        (row, corrected(found, said.get(row.mention_id)), matcher.match(row.text))
        for row, found in zip(waited, analyses, strict=True)
        if held.get(row.mention_id) == row.version
    ]
    if not done:
        return 0
    aspects = [(row.mention_id, *_aspect(part)) for row, found, _ in done for part in found.aspects]
    topics = [(row.mention_id, topic_id, row.published_ms) for row, _, ids in done for topic_id in ids]
    await rows.replace_analyses(
        tx,
        _analysis_columns([(row, found) for row, found, _ in done]),
        _columns(("mention_id", "aspect", "polarity", "evidence"), aspects),
        _columns(_TOPIC_COLUMNS, topics),
    )
    await tell(tx, [Said(*one) for one in done])
    return len(done)


async def label_older(tx: AsyncConnection, limit: int) -> bool:
    """Attach the oldest topic that is not yet attached to older mentions to the next `limit` of them.

    False where there is nothing to do.
    """
    taken = await topics_service.take_unlabelled(tx)
    if taken is None:
        return False
    topic, cursor = taken
    found = await rows.select_texts(tx, cursor, limit)
    match = Matcher([topic]).match
    hits = [(row.mention_id, topic.topic_id, row.published_ms) for row in found if match(row.text)]
    await rows.insert_topics(tx, _columns(_TOPIC_COLUMNS, hits))
    last = found[-1].mention_id if len(found) == limit else None
    await topics_service.note_labelled(tx, topic.topic_id, last)
    return True


_labels = msgspec.json.Decoder(Labels).decode
_TOPIC_COLUMNS = ("mention_id", "topic_id", "published_ms")


def _aspect(found: Any) -> tuple[str, str, str]:
    return found.aspect, found.polarity, found.evidence


def _columns(names: Sequence[str], cells: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in cells] for place, name in enumerate(names)}


def _mention_columns(taken: Sequence[Taken], now_ms: int) -> dict[str, list[Any]]:
    same = ("native_id", "mention_id", "fingerprint", "platform", "author", "text", "url", "published_ms")
    return {
        **{name: [getattr(item, name) for item in taken] for name in (*same, "rating", "metrics")},
        "stated_lang": [item.lang for item in taken],
        "linkable": [item.handle is not None for item in taken],
        "version": [1] * len(taken),
        "received_ms": [now_ms] * len(taken),
        "pending": [True] * len(taken),
    }


def _refused_columns(refused: Sequence[Refused], now_ms: int) -> dict[str, list[Any]]:
    same = ("fingerprint", "native_id", "platform", "text")
    return {
        **{name: [getattr(item, name) for item in refused] for name in same},
        "reasons": [_json(item.reasons) for item in refused],
        "received_ms": [now_ms] * len(refused),
    }


def _analysis_columns(done: Sequence[tuple[sa.Row[Any], Analysis]]) -> dict[str, list[Any]]:
    cells = [
        (
            row.mention_id, row.version, found.lang, found.sentiment.label, found.sentiment.score,
            found.sentiment.abstained, found.emotion, _json(found.intents), found.spam.label, found.spam.score,
            found.model,
        )
        for row, found in done
    ]  # fmt: skip
    names = (
        "mention_id", "version", "lang", "sentiment", "score", "abstained", "emotion", "intents", "spam",
        "spam_score", "model",
    )  # fmt: skip
    return _columns(names, cells)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

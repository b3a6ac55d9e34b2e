"""Topic door of mentions: market notes are about nobody, so they are listened to like what is said in public."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.records import RecordAccepted, RecordGlance
from kernel.store.consumer import Handler, Sift
from services.social.mentions.domain.cleaning import clean
from services.social.mentions.domain.incoming import MAX_TEXT, Taken
from services.social.mentions.domain.pseudonyms import fingerprint_of, mention_id_of
from services.social.mentions.service import accept_mentions

PLATFORM = "other"
NOTE = "market_note"


def notes_handler(secret: bytes, wake: Callable[[], None]) -> Handler:
    """Reads market notes out of `records.accepted`; the same note again is the same mention, an other text an edit."""

    async def handle(tx: AsyncConnection, events: Sequence[Event]) -> None:
        notes = [event for event in events if isinstance(event, RecordAccepted) and event.kind == NOTE]
        taken = [mention for place, note in enumerate(notes) if (mention := _mention(place, note, secret))]
        if taken:
            await accept_mentions(tx, taken, int(datetime.now(UTC).timestamp() * 1000))
            wake()

    return Handler("records.accepted", "analytics", handle, sift=Sift(RecordGlance, _is_note))


def _is_note(event: RecordGlance) -> bool:
    return event.kind == NOTE


def _mention(place: int, note: RecordAccepted, secret: bytes) -> Taken | None:
    """The note as a mention; None where it says nothing. Its text was redacted before it left ingest."""
    said = [note.payload.get(name) for name in ("brand", "product", "text")]
    text = clean("\n".join([part for part in said if isinstance(part, str) and part.strip()])[:MAX_TEXT])
    if not text.strip():
        return None
    native_id = f"note:{note.source}:{note.record_id}"
    return Taken(
        place=place,
        native_id=native_id,
        mention_id=mention_id_of(secret, PLATFORM, native_id),
        fingerprint=fingerprint_of(secret, text),
        platform=PLATFORM,
        author=None,
        text=text,
        url=None,
        published_ms=int(note.occurred_at.timestamp() * 1000),
        lang=None,
        rating=None,
        metrics="{}",
    )

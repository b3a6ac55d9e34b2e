"""A record that was read, judged by everything that needs no database."""

from datetime import datetime

import msgspec

from kernel.ids import canonical_id
from kernel.privacy.purposes import BASIS_OPENS
from services.ingest.identity.indexing import Indexer
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.reading import glimpse, read_record, reason_of
from services.ingest.records.domain.whom import NOBODY, SubjectReader, Whom, seen_of
from services.ingest.records.domain.wire import CHANNELS, Record
from services.ingest.sources.domain import DEFAULT


class Draft(msgspec.Struct, eq=False, gc=False):
    """What is known of a record before the database is asked. `reasons` is empty where it is good so far."""

    raw: bytes
    record: Record | None
    record_id: str | None
    source: str
    kind: str | None
    content: bytes
    reasons: list[Reason]
    whom: Whom
    block: msgspec.Raw | None = None
    traceparent: str | None = None
    """The trace of the request that brought it, where it is recorded."""
    supersedes: str | None = None
    """The record whose events this one replaces, where a person chose it over what was stored."""


def draft_of(raw: bytes, reader: SubjectReader, latest: datetime, fallback: str | None = None) -> Draft:
    """Read and judge one record. `latest` is the last moment that is not the future; `fallback` the source of a
    record that names none."""
    record, reason = read_record(raw)
    content = reader.indexer.content(raw)
    block, whom = record.block if record else None, NOBODY
    if record is not None and block is not None:
        try:
            whom = reader.read(block, record.occurred_at.date())
        except (msgspec.MsgspecError, RecursionError) as error:
            record, reason = None, reason_of(error, "/subject")
    if record is None:
        return _unreadable(raw, reader.indexer, content, reason, fallback)
    reasons: list[Reason] = []
    record_id = canonical_id(record.id)
    if record_id is None:
        reasons.append(Reason("id-invalid", "/id", "The id must be a UUID."))
    kind: str = record.__struct_config__.tag  # type: ignore[assignment]  # every kind has a text tag
    _judge_form(record, latest, reasons)
    _judge_subject(kind, block, whom, reasons)
    return Draft(
        raw, record, record_id, record.source or fallback or DEFAULT, kind, content, reasons, whom, block
    )


def _judge_form(record: Record, latest: datetime, reasons: list[Reason]) -> None:
    if record.channel not in CHANNELS:
        reasons.append(Reason("channel-unknown", "/channel", "See the documented channels."))
    if record.occurred_at > latest:
        reasons.append(Reason("occurred-in-future", "/occurred_at", "The time lies in the future."))
    consent = record.consent
    if consent is not None and consent.captured_at > latest:
        reasons.append(
            Reason("consent-in-future", "/consent/captured_at", "The consent was captured in the future.")
        )
    if record.basis is not None and record.basis.kind not in BASIS_OPENS:
        reasons.append(Reason("basis-unknown", "/basis/kind", "contract or legal_obligation."))


def _judge_subject(kind: str, block: msgspec.Raw | None, whom: Whom, reasons: list[Reason]) -> None:
    if kind == "market_note":
        if block is not None:
            reasons.append(Reason("subject-not-allowed", "/subject", "A market note is about nobody."))
    elif block is None:
        reasons.append(Reason("subject-missing", "/subject", "The record must say whom it is about."))
    if block is not None and not whom.wanted.pointers:
        reasons.append(Reason("identifier-missing", "/subject/identifiers", "No identifier is usable."))


def _unreadable(
    raw: bytes, indexer: Indexer, content: bytes, reason: Reason | None, fallback: str | None
) -> Draft:
    seen = glimpse(raw)
    source = seen.source or fallback or DEFAULT
    reasons = [reason] if reason else []
    return Draft(
        raw, None, seen.record_id, source, seen.kind, content, reasons, seen_of(seen.identifiers, indexer)
    )

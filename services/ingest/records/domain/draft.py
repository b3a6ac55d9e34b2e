"""A record that was read, judged by everything that needs no database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from kernel.ids import canonical_id
from kernel.privacy.purposes import BASIS_OPENS
from services.ingest.identity.indexing import Indexer, plain_name
from services.ingest.identity.pointers import CODES, LAST_REVEALED, Pointer, point, social_kind
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.reading import glimpse, read_record
from services.ingest.records.domain.wire import CHANNELS, Identifiers, Record
from services.ingest.sources.domain import DEFAULT

NO_POINTERS: Final[Sequence[Pointer]] = ()

_set_fields = msgspec.to_builtins
_encode = msgspec.json.Encoder().encode


class Draft(msgspec.Struct, eq=False, gc=False):
    """What is known of a record before the database is asked. `reasons` is empty where it is good so far."""

    raw: bytes
    record: Record | None
    record_id: str | None
    source: str
    kind: str | None
    content: bytes
    reasons: list[Reason]
    notes: list[Reason]
    """Identifiers that identify nobody: reported, but the record stands while another one is good."""
    pointers: Sequence[Pointer] = NO_POINTERS
    others: Sequence[Pointer] = NO_POINTERS
    person: bytes | None = None
    facet: bytes | None = None
    name: str | None = None
    """The person's plain name."""


def draft_of(raw: bytes, indexer: Indexer, latest: datetime, fallback: str | None = None) -> Draft:
    """Read and judge one record. `latest` is the last moment that is not the future; `fallback` the source of a
    record that names none."""
    record, reason = read_record(raw)
    content = indexer.content(raw)
    if record is None:
        return _unreadable(raw, indexer, content, reason, fallback)
    reasons: list[Reason] = []
    record_id = canonical_id(record.id)
    if record_id is None:
        reasons.append(Reason("id-invalid", "/id", "The id must be a UUID."))
    source = record.source or fallback or DEFAULT
    kind: str = record.__struct_config__.tag  # type: ignore[assignment]  # every kind has a text tag
    draft = Draft(raw, record, record_id, source, kind, content, reasons, [])
    _judge_form(record, latest, reasons)
    if kind == "market_note":
        if record.subject is not None:
            reasons.append(Reason("subject-not-allowed", "/subject", "A market note is about nobody."))
            _point(draft, record, indexer)
    elif record.subject is None:
        reasons.append(Reason("subject-missing", "/subject", "The record must say whom it is about."))
    else:
        _point(draft, record, indexer)
    return draft


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


def _point(draft: Draft, record: Record, indexer: Indexer) -> None:
    subject = record.subject
    if subject is None:
        return
    pointers = point(indexer, pairs_of(subject.identifiers), record.occurred_at.date())
    draft.pointers, draft.others = pointers.joining, pointers.others
    if pointers.refused:
        draft.notes = [_unusable(kind, why) for kind, why in pointers.refused]
    if not draft.pointers:
        draft.reasons.append(Reason("identifier-missing", "/subject/identifiers", "No identifier is usable."))
    attributes = subject.attributes
    told = b"".join([index for code, _, index in draft.pointers if code <= LAST_REVEALED])
    if attributes is not None:
        if attributes.full_name:
            draft.name = plain_name(attributes.full_name)
        draft.person = indexer.person(pointers.national_id, draft.name)
        told += _encode(attributes)
    elif pointers.national_id:
        draft.person = indexer.person(pointers.national_id, None)
    if told:
        draft.facet = indexer.content(told)


def _unusable(kind: str, why: str) -> Reason:
    pointer = "/subject/identifiers/" + kind.replace(".", "/")
    return Reason("identifier-invalid", pointer, f"Not usable: {why}.")


def pairs_of(identifiers: Identifiers) -> list[tuple[str, str]]:
    """Identifiers as (kind, value), `social` spread to `social.<platform>`."""
    pairs = []
    for kind, value in _set_fields(identifiers).items():
        if kind == "social":
            pairs += [(social_kind(platform), account) for platform, account in value.items()]
        elif value:
            pairs.append((kind, value))
    return pairs


def known_pairs(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those pairs whose kind is an identifier's."""
    return [
        (social_kind(kind.removeprefix("social.")) if kind.startswith("social.") else kind, value)
        for kind, value in given
        if kind.startswith("social.") or (kind in CODES and kind != "social")
    ]


def _unreadable(
    raw: bytes, indexer: Indexer, content: bytes, reason: Reason | None, fallback: str | None
) -> Draft:
    seen = glimpse(raw)
    pointers = point(indexer, known_pairs(seen.identifiers))
    source = seen.source or fallback or DEFAULT
    reasons = [reason] if reason else []
    draft = Draft(raw, None, seen.record_id, source, seen.kind, content, reasons, [])
    draft.pointers, draft.others = pointers.joining, pointers.others
    return draft

"""Use cases beside accepting: reveal fields, tell a record's history, list records."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Gone, NotFound
from services.ingest import moments
from services.ingest.consents.domain import standing
from services.ingest.errors import KeyGone
from services.ingest.identity.domain import CLAIMED
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.service import evidence_of, find_person, held_by_others
from services.ingest.listing import Position, ReceivedRow, Sought
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.domain import CONTESTED, WAITING, decode_reasons
from services.ingest.records import repository
from services.ingest.records.domain import trust
from services.ingest.records.domain.fields import CURRENT, fields_of, merged
from services.ingest.records.domain.normal import addresses
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.receipts import (
    ACCEPTED,
    CONFLICT,
    CONTENT_DIFFERS,
    DUPLICATE,
    QUARANTINED,
)
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.schemas import History, HistoryEntry, TrustReason, TrustView
from services.ingest.vault.grants import Grant, spend_grant
from services.ingest.vault.service import Place, Vault

OPENED_AT_MOST = 20
"""Records opened for one reveal, newest first."""


async def reveal(tx: AsyncConnection, vault: Vault, indexer: Indexer, grant: Grant) -> dict[str, str]:
    """The granted fields that are known, newest first; uses the grant up.

    What somebody else proved to hold is not revealed of an origin that only claims it, but to prove it or by law.
    Raises GrantRefused for a second use, NotFound for an unknown person, Gone for an erased one.
    """
    await spend_grant(tx, grant)
    person = await find_person(tx, grant.subject)
    if person is None:
        raise NotFound("There is no such person.")
    if person.erased:
        raise Gone()
    rows = await repository.telling_records(tx, person.id, OPENED_AT_MOST)
    sealed = [(Place(person.id, row.id, row.source), row.sealed) for row in rows]
    wanted = frozenset(grant.fields)
    if not wanted.isdisjoint(CURRENT):
        await asyncio.to_thread(addresses.load)
    told = [fields_of(clear, wanted) for clear in await vault.open_sealed(sealed)]
    found = merged(wanted, told)
    if person.documents & CLAIMED and grant.purpose not in _EVEN_CLAIMED:
        held = await held_by_others(tx, indexer, person, found)
        found = {field: value for field, value in found.items() if field not in held}
    return found


_EVEN_CLAIMED = frozenset({"verification", "legal"})


FIRST_TELLING = ("00000000-0000-0000-0000-000000000000", b"")
"""Where the pages of `telling_page` begin."""


async def telling_page(
    tx: AsyncConnection, vault: Vault, after: tuple[str, bytes], limit: int
) -> tuple[list[tuple[str, dict[str, str]]], tuple[str, bytes] | None]:
    """(subject, fields) of records that tell something of a person, and where the next page begins, None at the end.

    In clear: never to be kept. Who is erased, or has no consent in force any more, is left out. Raises KeyGone where
    somebody is erased at this very moment.
    """
    rows = await repository.telling_page(tx, after, limit)
    may = await willing_among(tx, sorted({row.subject_id for row in rows}))
    may &= await vault.known_among(may)
    opened = [row for row in rows if row.subject_id in may]
    clear = await vault.open_sealed(
        [(Place(row.subject_id, row.id, row.source), row.sealed) for row in opened]
    )
    told = [(row.subject_id, fields_of(one)) for row, one in zip(opened, clear, strict=True)]
    return told, (rows[-1].subject_id, rows[-1].hash) if len(rows) == limit else None


async def willing_among(tx: AsyncConnection, subjects: Sequence[str]) -> set[str]:
    """Those of these people that are not erased and have some purpose in force, everybody read as them included."""
    evidence = await evidence_of(tx, subjects)
    return {key for key, one in evidence.items() if standing(*one).in_force}


async def tell_history(
    tx: AsyncConnection, vault: Vault, reader: SubjectReader, record_id: str, source: str | None
) -> History:
    """A record's receipt, how it got there, where it went and how far it is trusted.

    Raises NotFound where nobody sent it.
    """
    stored = await repository.record_of(tx, record_id, source)
    items = [
        item
        for item in await quarantine.lineage_of(tx, record_id)
        if source is None or item.source in (source, None)
    ]
    if stored is None and not items:
        raise NotFound("There is no such record.")
    attempts = await repository.attempts_of(tx, record_id)
    entries = [entry for item in items for entry in _told_by_item(item)]
    if stored is not None:
        entries.append(HistoryEntry(at=moments.moment_of(stored.received_at), event=ACCEPTED))
    entries += [HistoryEntry(at=moments.moment_of(row.at), event=row.status) for row in attempts]
    waiting = next((item for item in items if item.state == WAITING), None)
    return History(
        id=record_id,
        source=stored.source if stored else items[-1].source,
        status=ACCEPTED if stored else QUARANTINED if waiting else items[-1].state,
        kind=stored.kind if stored else items[-1].kind,
        channel=stored.channel if stored else None,
        subject_id=stored.subject_id if stored else None,
        occurred_at=moments.moment_of(stored.occurred_at) if stored else None,
        received_at=moments.moment_of(stored.received_at if stored else items[0].received_at),
        reasons=_reasons(waiting) if waiting and not stored else None,
        history=sorted(entries, key=lambda entry: entry.at),
        went_to=["records.accepted"] if stored else [],
        trust=await _trust(tx, vault, reader, stored, attempts) if stored else None,
    )


async def _trust(
    tx: AsyncConnection, vault: Vault, reader: SubjectReader, stored: Any, attempts: Sequence[Any]
) -> TrustView | None:
    """Weighed anew from the sealed record, by the rules of today; None where its key is gone."""
    sealed = await repository.sealed_of(tx, stored.id, stored.source)
    place = Place(stored.subject_id or stored.id, stored.id, stored.source)
    try:
        (clear,) = await vault.open_sealed([(place, sealed or b"")])
    except KeyGone:
        return None
    record, _ = read_record(clear)
    if record is None:  # it was read when it was stored, by the rules of then
        return None
    block = record.block
    said = reader.read(block, record.occurred_at.date()).trust if block else ()
    statuses = {row.status for row in attempts if row.source == stored.source}
    again = tuple(code for status, code in _SENT.items() if status in statuses)
    added = (*trust.weigh_record(record), *again)
    told = [
        TrustReason(code=code, weight=weight, detail=why)
        for code in (*said, *added)
        for weight, why in (trust.WEIGHTS[code],)
    ]
    return TrustView(score=trust.score_of(said, added), reasons=told)


_SENT = {DUPLICATE: "sent-again", CONFLICT: "sent-otherwise"}


def _told_by_item(item: Any) -> list[HistoryEntry]:
    reasons = _reasons(item)
    contested = any(reason["code"] == CONTENT_DIFFERS.code for reason in reasons)
    first = HistoryEntry(
        at=moments.moment_of(item.received_at),
        event=CONTESTED if contested else QUARANTINED,
        quarantine_id=item.id,
        reasons=reasons,
    )
    if item.settled_at is None:
        return [first]
    left = HistoryEntry(at=moments.moment_of(item.settled_at), event=item.state, quarantine_id=item.id)
    return [first, left]


def _reasons(item: Any) -> list[dict[str, str]]:
    return [
        {"code": one.code, "pointer": one.pointer, "detail": one.detail}
        for one in decode_reasons(item.reasons)
    ]


class StoredNote(NamedTuple):
    """A market note with what it says."""

    row: Any
    clear: bytes


async def list_notes(
    tx: AsyncConnection, vault: Vault, sought: Sought, after: Position | None, limit: int
) -> list[StoredNote]:
    """Records about nobody, newest first; each is sealed under a key of its own."""
    rows = await repository.page_of_nobody(tx, sought, after, limit)
    sealed = [(Place(row.id, row.id, row.source), row.sealed) for row in rows]
    return [StoredNote(row, clear) for row, clear in zip(rows, await vault.open_sealed(sealed), strict=True)]


async def list_received(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """What was received, newest first: stored, waiting and repeated records in one order."""
    rows: list[ReceivedRow] = []
    if sought.status in (None, ACCEPTED):
        rows += await repository.page_of_stored(tx, sought, after, limit)
    if sought.status in (None, QUARANTINED):
        rows += await quarantine.page_of_received(tx, sought, after, limit)
    if sought.status in (None, DUPLICATE, CONFLICT):
        rows += await repository.page_of_attempts(tx, sought, after, limit)
    return sorted(rows, key=lambda row: (row.at, row.key), reverse=True)[:limit]


Kept = repository.Kept
find_kept = repository.records_with
find_about = repository.records_about
note_facets = repository.add_facets
count_telling = repository.count_telling


async def remove(tx: AsyncConnection, keys: Sequence[tuple[str, str]], attempts: Sequence[str]) -> None:
    """Remove records by (id, source) with their facets, and notes of repeated ones."""
    await repository.remove_records(tx, keys)
    await repository.remove_attempts(tx, attempts)

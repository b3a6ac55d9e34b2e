"""Taking stored records away so that what is left of their people is right: facets, identifiers, other services."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import RecordsWithdrawn
from kernel.ids import new_id
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.identity.service import await_writers, set_facets, unlink
from services.ingest.records import keeping, repository
from services.ingest.records.domain.reading import read_record
from services.ingest.records.domain.whom import NOBODY, SubjectReader, Whom
from services.ingest.records.keeping import Leaving
from services.ingest.tables import store
from services.ingest.vault.service import Place, Vault

READ_AT_MOST: Final = 200
"""Newest records of a person that are read to see what still supports what is known of them."""


@dataclass(slots=True)
class Told:
    """What some records of a person tell: facets with the newest record of each, and blind indexes."""

    facets: dict[bytes, Any] = field(default_factory=dict)
    indexes: set[bytes] = field(default_factory=set)


async def withdraw(
    tx: AsyncConnection, vault: Vault, reader: SubjectReader, leaving: Sequence[Leaving], reason: str
) -> dict[str, int]:
    """Delete records, and with them what only they supported; how many rows, by what they were.

    A facet that a record which stays tells as well goes over to that one. An identifier goes where a leaving record
    told it and no staying one does, unless there are more of those than are read, or none while the ledger knows
    consents of the person: those must still find them. Nobody seals meanwhile. Other services follow by event.
    """
    await await_writers(tx)
    gone = await _told_by(vault, reader, leaving)
    counts = await keeping.delete_records(tx, leaving)
    counts["identifiers"] = 0
    for subject, told in gone.items():
        counts["identifiers"] += await _settle(tx, vault, reader, subject, told)
    await tell(tx, leaving, reason)
    return counts


async def tell(tx: AsyncConnection, leaving: Sequence[Leaving], reason: str) -> None:
    """Let other services take away what they keep of these records."""
    await publish(tx, store, _events(leaving, reason))


async def _told_by(vault: Vault, reader: SubjectReader, rows: Sequence[Leaving]) -> dict[str, Told]:
    known = await vault.known_among({row.subject_id for row in rows if row.subject_id})
    about = [row for row in rows if row.subject_id in known]  # without its key nothing can be told of it
    places = [Place(row.subject_id or "", row.id, row.source) for row in about]
    clear = await vault.open_sealed(list(zip(places, (row.sealed for row in about), strict=True)))
    by_subject: dict[str, Told] = {}
    for row, text in zip(about, clear, strict=True):
        _note(by_subject.setdefault(row.subject_id or "", Told()), row, _whom(reader, text))
    return by_subject


def _note(told: Told, row: Any, whom: Whom) -> None:
    if whom.wanted.facet:
        told.facets.setdefault(whom.wanted.facet, row)
    told.indexes |= {index for _, _, index in whom.wanted.pointers}


def _whom(reader: SubjectReader, clear: bytes) -> Whom:
    record, _ = read_record(clear)
    if record is None or not record.block:
        return NOBODY
    try:
        return reader.read(record.block, record.occurred_at.date())
    except (
        msgspec.MsgspecError,
        RecursionError,
    ):  # what was stored was read before; rules may have grown stricter
        return NOBODY


async def _settle(tx: AsyncConnection, vault: Vault, reader: SubjectReader, subject: str, gone: Told) -> int:
    """Let a person be known by what is left of them; how many identifiers went."""
    rows = await keeping.newest_of(tx, subject, READ_AT_MOST)
    left = (await _told_by(vault, reader, rows)).get(subject, Told())
    await repository.add_facets(
        tx, [(subject, facet, row.id, row.source, row.occurred_at) for facet, row in left.facets.items()]
    )
    if gone.facets.keys() - left.facets.keys():
        await set_facets(tx, subject, list(left.facets))
    if len(rows) == READ_AT_MOST:
        return 0
    return await unlink(tx, subject, sorted(gone.indexes - left.indexes), even_if_consenting=bool(rows))


def _events(leaving: Sequence[Leaving], reason: str) -> list[RecordsWithdrawn]:
    at = moments.moment_of(moments.now())
    by_subject: dict[str | None, list[Leaving]] = {}
    for row in leaving:
        by_subject.setdefault(row.subject_id, []).append(row)
    return [
        RecordsWithdrawn(
            id=new_id(),
            version=RecordsWithdrawn.VERSION,
            subject=subject,
            occurred_at=at,
            recorded_at=at,
            record_ids=tuple(row.id for row in rows),
            kinds=tuple(sorted({row.kind for row in rows})),
            reason=reason,
        )
        for subject, rows in by_subject.items()
    ]

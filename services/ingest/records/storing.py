"""Storing what was accepted: sealed records, facets and events, in the transaction that decided on them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import ConsentEvidence
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.identity.domain import Person
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.service import created_events
from services.ingest.records import repository
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.events import event_of
from services.ingest.records.domain.wire import Record
from services.ingest.tables import store
from services.ingest.vault.service import Place, Vault

RecordKey = tuple[str, str]
"""A record's id and source."""


class Accepted(NamedTuple):
    """A record that will be stored."""

    draft: Draft
    record: Record
    person: Person | None
    evidence: ConsentEvidence | None
    is_telling: bool
    """It says something of the person that the last records did not."""

    @property
    def owner(self) -> str:
        """Whose key seals the record: a note about nobody has one of its own."""
        return self.person.id if self.person else self.draft.record_id or ""


def key_of(draft: Draft) -> RecordKey:
    """The draft's id and source, as far as they could be read."""
    return draft.record_id or "", draft.source or ""


async def store_records(
    tx: AsyncConnection,
    vault: Vault,
    indexer: Indexer,
    accepted: Sequence[Accepted],
    created: Sequence[Person],
    keys: dict[str, bytes],
    now: int,
) -> None:
    """Seal and insert `accepted` and publish their events and those of the people `created`.

    `keys` are the data keys known so far; those of new people are committed in the keyring here, before the data.
    """
    if not accepted:
        return
    owners = {one.owner for one in accepted}
    missing = [owner for owner in owners if owner not in keys]
    if missing:
        keys |= await vault.keys_for(missing, fresh={person.id for person in created})
    places = [Place(one.owner, *key_of(one.draft)) for one in accepted]
    sealed = vault.seal_all(
        keys, [(place, one.draft.raw) for place, one in zip(places, accepted, strict=True)]
    )
    await repository.add_records(
        tx, [_row(one, envelope, now) for one, envelope in zip(accepted, sealed, strict=True)]
    )
    await repository.add_facets(tx, [_facet(one) for one in accepted if one.is_telling])
    received = moments.moment_of(now)
    events = [
        event_of(
            one.draft, one.record, one.person.id if one.person else None, one.evidence, indexer, received
        )
        for one in accepted
    ]
    await publish(tx, store, [*created_events(created, now), *events])


def _row(one: Accepted, sealed: bytes, now: int) -> repository.Row:
    draft, record = one.draft, one.record
    return repository.Row(
        *key_of(draft),
        one.person.id if one.person else None,
        draft.kind or "",
        record.channel,
        moments.micros(record.occurred_at),
        now,
        draft.content,
        sealed,
    )


def _facet(one: Accepted) -> tuple[str, bytes, str, str, int]:
    return one.owner, one.draft.facet or b"", *key_of(one.draft), moments.micros(one.record.occurred_at)

"""Storing what was accepted: sealed records, facets and events, in the transaction that decided on them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import ConsentEvidence
from kernel.store.bulk import Columns
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.campaigns.domain import Response
from services.ingest.campaigns.service import note_responses
from services.ingest.identity.domain import Person
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.service import created_events
from services.ingest.records import repository
from services.ingest.records.domain.channels import campaign_of, referred_by
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.events import event_of
from services.ingest.records.domain.trust import score_of, weigh_record
from services.ingest.records.domain.wire import Record
from services.ingest.referrals.domain import Edge
from services.ingest.referrals.service import note_edges
from services.ingest.tables import store
from services.ingest.vault.service import Place, Vault

RecordKey = tuple[str, str]
"""A record's id and source."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
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
    return draft.record_id or "", draft.source


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
    owners = [one.owner for one in accepted]
    missing = {owner for owner in owners if owner not in keys}
    if missing:
        keys |= await vault.keys_for(missing, fresh={person.id for person in created})
    places = [Place(owner, *key_of(one.draft)) for owner, one in zip(owners, accepted, strict=True)]
    sealed = vault.seal_all(
        keys, [(place, one.draft.raw) for place, one in zip(places, accepted, strict=True)]
    )
    await repository.add_records(tx, _columns(accepted, sealed, now))
    await repository.add_facets(tx, [_facet(one) for one in accepted if one.is_telling])
    await _note_channels(tx, accepted, indexer, now)
    received = moments.moment_of(now)
    events = [
        event_of(
            one.draft, one.record, one.person.id if one.person else None, one.evidence, indexer, received
        )
        for one in accepted
    ]
    await publish(tx, store, [*created_events(created, now), *events])


async def _note_channels(
    tx: AsyncConnection, accepted: Sequence[Accepted], indexer: Indexer, now: int
) -> None:
    """Responses to campaigns, and edges between people: for the records that bring one."""
    responses, edges = [], []
    for one in accepted:
        subject = one.person.id if one.person else None
        if campaign := campaign_of(one.record):
            trusted = score_of(one.draft.whom.trust, weigh_record(one.record))
            responses.append(Response(*key_of(one.draft), campaign, subject, now, trusted))
        if one.draft.kind == "referral" and subject:
            indexes = referred_by(one.record, indexer)
            edges += [
                Edge(*key_of(one.draft), place, index, subject, now) for place, index in enumerate(indexes)
            ]
    if responses:
        await note_responses(tx, responses)
    if edges:
        await note_edges(tx, edges)


def _columns(accepted: Sequence[Accepted], sealed: Sequence[bytes], now: int) -> Columns:
    drafts = [one.draft for one in accepted]
    return {
        "id": [draft.record_id for draft in drafts],
        "source": [draft.source for draft in drafts],
        "subject_id": [one.person.id if one.person else None for one in accepted],
        "kind": [draft.kind for draft in drafts],
        "channel": [one.record.channel for one in accepted],
        "occurred_at": [moments.micros(one.record.occurred_at) for one in accepted],
        "received_at": [now] * len(accepted),
        "content_hash": [draft.content for draft in drafts],
        "sealed": sealed,
    }


def _facet(one: Accepted) -> tuple[str, bytes, str, str, int]:
    return (
        one.owner,
        one.draft.whom.wanted.facet or b"",
        *key_of(one.draft),
        moments.micros(one.record.occurred_at),
    )

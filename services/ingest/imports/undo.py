"""Undoing an import: group by group, the last one first, each in a transaction that leaves the rest as if it had never
been, and tells the other services so."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.records import RecordsWithdrawn, RemainingEvidence
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.errors import KeyGone
from services.ingest.identity import service as identity
from services.ingest.imports import repository
from services.ingest.imports.domain import remains
from services.ingest.imports.domain.brought import CREATED, Brought, decode
from services.ingest.imports.domain.remains import Standing, Told
from services.ingest.merges import service as merges
from services.ingest.quarantine import service as quarantine
from services.ingest.records import service as records
from services.ingest.records.domain.verdict import evidence_of
from services.ingest.records.intake import Intake
from services.ingest.records.service import Kept
from services.ingest.tables import store
from services.ingest.vault.service import Place

Hold = Callable[..., Awaitable[None]]
"""Keeps the import ours; raises where it is not."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Takes back what imports brought."""

    database: Database
    intake: Intake

    async def undo(self, key: str, hold: Hold) -> None:
        """Everything that an import brought goes; safe to begin again wherever it stopped."""
        while True:
            await hold(undo=True)
            async with self.database.transaction() as tx:
                group = await repository.last_group(tx, key)
                if group is None:
                    return
                orphans = await self._take_back(tx, decode(group.brought))
                await repository.drop_group(tx, key, group.upto)
            await self.intake.rooms.vault.discard(orphans)

    async def _take_back(self, tx: AsyncConnection, brought: Brought) -> list[str]:
        """Remove what a group brought; returns the owners whose keys nothing is sealed under any more."""
        await identity.await_writers(tx)
        items, became = await quarantine.take_back(tx, brought.kept)
        news = {(one.id, one.source): one.news for one in brought.stored}
        news |= {(record, source or ""): remains.ALL_NEW for record, source in became}
        kept = await records.find_kept(tx, list({record for record, _ in news}))
        kept = [row for row in kept if (row.id, row.source) in news]
        gone = await self._read(tx, kept, news)
        await records.remove(tx, [(row.id, row.source) for row in kept], brought.attempts)
        people = await self._correct(tx, gone)
        notes = [row.id for row in kept if row.subject_id is None]
        return [*items, *people, *notes]

    async def _read(
        self, tx: AsyncConnection, rows: Sequence[Kept], news: Mapping[tuple[str, str], int]
    ) -> dict[str, list[Told]]:
        """What records say, by subject; of an erased person nothing can be read, nor needs to be."""
        opened = []
        for row in rows:
            if row.subject_id is not None:
                try:
                    (clear,) = await self.intake.rooms.vault.open_sealed(
                        [(Place(row.subject_id, row.id, row.source), row.sealed)]
                    )
                except KeyGone:
                    continue
                opened.append((row, self.intake.draft([clear], row.source)[0]))
        given = [draft.record.consent for _, draft in opened if draft.record and draft.record.consent]
        notices = await self.intake.rooms.notices.known(tx, {(one.notice, one.version) for one in given})
        told: dict[str, list[Told]] = defaultdict(list)
        for row, draft in opened:
            record = draft.record
            consent = record.consent if record else None
            named = notices.get((consent.notice, consent.version), frozenset()) if consent else frozenset()
            evidence = RemainingEvidence(
                row.id,
                moments.moment_of(row.occurred_at),
                moments.moment_of(row.received_at),
                evidence_of(consent, named) if consent else None,
                record.basis.kind if record and record.basis else None,
            )
            indexer = self.intake.rooms.reader.indexer
            one = remains.told_by(
                draft, indexer, evidence, row.received_at, news.get((row.id, row.source), 0)
            )
            told[row.subject_id or ""].append(one)
        return told

    async def _correct(self, tx: AsyncConnection, gone: Mapping[str, Sequence[Told]]) -> list[str]:
        """Leave people as their other records made them; returns those of whom nothing is left."""
        subjects = sorted(gone)
        phones = {phone for told in gone.values() for one in told for phone in one.phones}
        lent = {*(await identity.subjects_of(tx, sorted(phones))).values()} - gone.keys()
        left = await self._read(tx, await records.find_about(tx, sorted({*subjects, *lent})), {})
        people = {one.id: one for one in await identity.people_of(tx, subjects) if one.erased_at is None}
        states = {key: Standing(one.facets, one.births, one.own, one.ledger) for key, one in people.items()}
        merged = await identity.merged_among(tx, subjects)  # others are read as them, or they as others
        vanished = [
            key
            for key in subjects
            if key in states and key not in merged and remains.is_gone(states[key], gone[key], left[key])
        ]
        staying = [key for key in subjects if key in states and key not in vanished]
        await merges.forget_origins(tx, vanished)
        await identity.remove_people(tx, vanished)
        await self._correct_identifiers(tx, staying, gone, left)
        await self._correct_lent(tx, sorted(lent), gone, left)
        kinds: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for held in await identity.identifiers_of(tx, staying):
            kinds[held.subject_id].append((held.kind, held.proved_at is not None))
        await identity.correct_people(
            tx,
            [
                (
                    key,
                    remains.documents_of(kinds[key]),
                    remains.facets_left(states[key].facets, gone[key], left[key]),
                    remains.births_left(states[key].births, gone[key], left[key]),
                    remains.own_left(states[key].own, gone[key], left[key]),
                )
                for key in staying
            ],
        )
        await records.note_facets(
            tx,
            [
                (key, one.facet or b"", one.id, one.source, moments.micros(one.evidence.occurred_at))
                for key in staying
                for one in remains.facets_to_write(gone[key], left[key])
            ],
        )
        await publish(tx, store, [_withdrawn(key, gone[key], left[key]) for key in subjects])
        return vanished

    async def _correct_identifiers(
        self,
        tx: AsyncConnection,
        staying: Sequence[str],
        gone: Mapping[str, Sequence[Told]],
        left: Mapping[str, Sequence[Told]],
    ) -> None:
        """A person who stays without any record, by an act of their own, stays to be found."""
        free, seen = [], []
        for held in await identity.identifiers_of(tx, staying):
            mine, others = gone[held.subject_id], left.get(held.subject_id, ())
            created = any(one.news & CREATED for one in mine)
            if (others or not created) and held.pointer in remains.released(mine, others):
                free.append(held.pointer)
            elif held.persons:
                persons = remains.witnesses_left(held.persons, held.pointer, mine, others)
                if persons != held.persons:
                    seen.append((held.pointer, persons))
        await identity.release(tx, free, seen)

    async def _correct_lent(
        self,
        tx: AsyncConnection,
        lenders: Sequence[str],
        gone: Mapping[str, Sequence[Told]],
        left: Mapping[str, Sequence[Told]],
    ) -> None:
        """Who was seen with phones of others, whom records taken back were held apart from."""
        void = [one for told in gone.values() for one in told]
        stays = [one for told in left.values() for one in told]
        seen = [
            (held.pointer, persons)
            for held in await identity.identifiers_of(tx, lenders)
            if held.persons
            and (persons := remains.witnesses_left(held.persons, held.pointer, void, stays)) != held.persons
        ]
        await identity.release(tx, [], seen)


def _withdrawn(subject: str, gone: Sequence[Told], left: Sequence[Told]) -> RecordsWithdrawn:
    now = datetime.now(UTC)
    return RecordsWithdrawn(
        id=new_id(),
        version=RecordsWithdrawn.VERSION,
        subject=subject,
        occurred_at=now,
        recorded_at=now,
        record_ids=tuple(one.id for one in gone),
        kinds=tuple(sorted({one.kind for one in gone})),
        evidence=remains.evidence_left(left),
    )

"""Accepting a batch: read what the database knows of it, decide each record, store all of it in one transaction."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from kernel.privacy.redaction import suspicious
from services.ingest import moments
from services.ingest.consents.service import ConsentView, Notices
from services.ingest.identity.claims import UNPROVED, Doubt
from services.ingest.identity.domain import CLAIMED, Book, Person
from services.ingest.identity.service import close_book, new_person, open_book
from services.ingest.merges.service import suggest
from services.ingest.plans.domain.checking import Checker
from services.ingest.plans.service import Plans
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.domain import (
    CONFLICTED,
    CONTESTED,
    ERASED_STATE,
    RELEASED,
    SUPERSEDED,
    WAITING,
    Item,
    Reason,
)
from services.ingest.records import repository
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.receipts import (
    ACCEPTED,
    CONFLICT,
    CONTENT_DIFFERS,
    DUPLICATE,
    ERASED,
    QUARANTINED,
    Receipt,
    canonical,
)
from services.ingest.records.domain.verdict import judge_consent
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.storing import Accepted, RecordKey, key_of, store_records
from services.ingest.records.whose import NOT_TAKEN, Whose, pairs_of, whose
from services.ingest.sources.domain import Source, is_source_key
from services.ingest.sources.service import Sources
from services.ingest.vault.service import Place, Vault


@dataclass(frozen=True, slots=True)
class Rooms:
    """What accepting needs beside the database."""

    vault: Vault
    reader: SubjectReader
    sources: Sources
    plans: Plans
    notices: Notices
    view: ConsentView
    sharing_limit: int


class Ending(msgspec.Struct, frozen=True, gc=False):
    """What became of one draft; the person's id may still change until the book is closed."""

    status: str
    person: Person | None = None
    reasons: Sequence[Reason] | None = None
    subject: str | None = None


@dataclass(slots=True)
class Acceptance:
    """One batch on its way in. `run` once; afterwards `left` names the quarantine items whose keys may go."""

    rooms: Rooms
    drafts: Sequence[Draft]
    items: Sequence[str | None] = ()
    """The quarantine item behind each draft, where drafts come from there."""
    corrects: bool = False
    """The drafts are corrections: where one is still bad, its item waits on as it was."""
    expects_news: bool = False
    """Nobody looks whether the records are stored already: where one is, IntegrityError says so."""
    now: int = field(default_factory=moments.now)
    book: Book = field(init=False)
    notices: Mapping[tuple[str, int], frozenset[str]] = field(init=False)
    sources: Mapping[str, Source] = field(init=False)
    plans: Mapping[tuple[str, str], Checker] = field(init=False)
    view_is_fresh: bool = field(init=False)
    stored: dict[RecordKey, repository.Stored] = field(init=False)
    same: set[int] = field(default_factory=set)
    waiting: dict[bytes, str] = field(init=False)
    waiting_of: dict[tuple[str, str | None], list[str]] = field(init=False)
    keys: dict[str, bytes] = field(init=False)
    taken: dict[RecordKey, Draft] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    kept: list[Item] = field(default_factory=list)
    contested: list[Item] = field(default_factory=list)
    attempts: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    held: list[tuple[Person, Doubt]] = field(default_factory=list)
    """(Whose record it became, why it is not of somebody else)."""
    left: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    waits_on: dict[str, Sequence[Reason]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    async def run(self, tx: AsyncConnection) -> list[Receipt]:
        """Receipts in the order of the drafts; what they say is true once `tx` commits.

        Raises IntegrityError where another transaction stored one of the records, before where news were expected or
        meanwhile: run again.
        """
        rooms = self.rooms
        await self._read(tx)
        endings = [self._decide(position, draft) for position, draft in enumerate(self.drafts)]
        created = await close_book(tx, self.book)
        await store_records(
            tx, rooms.vault, rooms.reader.indexer, self.accepted, created, self.keys, self.now
        )
        await repository.add_attempts(tx, self.attempts)
        if self.held:
            await suggest(tx, pairs_of(self.held))
        await quarantine.keep(tx, rooms.vault, self.kept)
        await quarantine.contest(tx, rooms.vault, self.contested)
        if not self.corrects:
            await quarantine.wait_on(tx, self.waits_on)
        await quarantine.settle(tx, self.left)
        self.statuses = Counter(ending.status for ending in endings)
        return [
            Receipt(
                position,
                draft.record_id,
                ending.status,
                ending.person.id if ending.person else ending.subject,
                ending.reasons or None,
            )
            for position, (draft, ending) in enumerate(zip(self.drafts, endings, strict=True))
        ]

    async def _read(self, tx: AsyncConnection) -> None:
        rooms, drafts = self.rooms, self.drafts
        wanted = [draft.whom.wanted for draft in drafts]
        self.book = await open_book(tx, rooms.reader.indexer, rooms.sharing_limit, wanted)
        self.sources = await rooms.sources.known(tx, {draft.source for draft in drafts if draft.source})
        self.plans = await rooms.plans.in_force(tx, anew=bool(self.items))
        consents = [draft.record.consent for draft in drafts if draft.record and draft.record.consent]
        self.notices = await rooms.notices.known(tx, {(given.notice, given.version) for given in consents})
        self.view_is_fresh = await rooms.view.is_fresh(tx)
        ids = sorted({draft.record_id for draft in drafts if draft.record_id})
        self.stored = {} if self.expects_news else await repository.stored_of(tx, ids)
        self.waiting, self.waiting_of = await quarantine.waiting_of(
            tx, ids, list({draft.content for draft in drafts})
        )
        if self.stored:
            await self._compare(tx)
        await self._fetch_keys()

    async def _compare(self, tx: AsyncConnection) -> None:
        """Which known records come with the same content written differently."""
        for position, draft in enumerate(self.drafts):
            known = self.stored.get(key_of(draft))
            if known is None or known.content_hash == draft.content:
                continue
            sealed = await repository.sealed_of(tx, known.id, known.source)
            if sealed is None or draft.record is None:
                continue
            place = Place(known.subject_id or known.id, known.id, known.source)
            clear = (await self.rooms.vault.open_sealed([(place, sealed)]))[0]
            if canonical(clear) == canonical(draft.raw):
                self.same.add(position)

    async def _fetch_keys(self) -> None:
        """A person without a key, whatever a restored database says, has been erased."""
        people = [person for person in self.book.people.values() if not person.erased]
        self.keys = await self.rooms.vault.keys_for([person.id for person in people])
        for person in people:
            person.erased = person.id not in self.keys

    def _decide(self, position: int, draft: Draft) -> Ending:
        item = self.items[position] if self.items else None
        known = self._known(position, draft)
        if known is not None:
            return self._repeated(draft, item, *known)
        record, kind = draft.record, draft.kind
        reasons, noted = self._judge_form(draft)
        if reasons or record is None or kind is None:
            return self._quarantined(draft, item, reasons)
        vouched = self.sources[draft.source].vouches
        found = whose(self.book, draft, record, self.notices, vouched=vouched)
        person = found.person
        if person and person.erased:
            return self._erased(item)
        verdict = judge_consent(
            record, kind, person, self.notices, view_is_fresh=self.view_is_fresh, is_claim=found.is_claim
        )
        if verdict.reason is not None:
            return self._quarantined(draft, item, [verdict.reason])
        if kind != "market_note":
            person = person or new_person(self.book, self.now)
            self._tie(person, draft, found)
            if verdict.own:
                person.set_own(verdict.own)
        if found.doubts or found.is_claim:
            noted = [*noted, *found.notes, *([NOT_TAKEN] if found.is_claim and record.consent else ())]
        self.accepted.append(
            Accepted(draft, record, person, verdict.evidence, _says_something_new(draft, person))
        )
        key = key_of(draft)
        self.taken[key] = draft
        if key in self.waiting_of:
            self.left.update((held, (SUPERSEDED, draft.record_id)) for held in self.waiting_of[key])
        if item:
            self.left[item] = (RELEASED, draft.record_id)
        return Ending(ACCEPTED, person, [*noted, *draft.whom.notes] if noted else draft.whom.notes)

    def _tie(self, person: Person, draft: Draft, found: Whose) -> None:
        self.book.tie(person, draft.whom.wanted, found.pointers)
        for why in found.doubts:
            self.held.append((person, why))
            if why.code == UNPROVED:
                person.mark(CLAIMED)

    def _judge_form(self, draft: Draft) -> tuple[Sequence[Reason], Sequence[Reason]]:
        """(why it cannot be stored, what to tell though it can): its form, its source, its source's plan."""
        if draft.source not in self.sources:
            reason = Reason("source-unknown", "/source", "Register the source, or use default.")
            return [*draft.reasons, reason], ()
        checker = self.plans.get((draft.source, draft.kind or "")) if self.plans else None
        if checker is None or draft.reasons:
            return draft.reasons, ()
        broken = checker.violations(draft.raw)
        return (broken, ()) if checker.enforced else ((), broken)

    def _known(self, position: int, draft: Draft) -> tuple[bool, str | None] | None:
        """(same content?, its subject) where the record is stored already or earlier in this batch."""
        key = key_of(draft)
        stored = self.stored.get(key)
        if stored is not None:
            return stored.content_hash == draft.content or position in self.same, stored.subject_id
        first = self.taken.get(key)
        if first is not None:
            return first.content == draft.content or canonical(first.raw) == canonical(draft.raw), None
        return None

    def _repeated(self, draft: Draft, item: str | None, same: bool, subject: str | None) -> Ending:
        status = DUPLICATE if same else CONFLICT
        if item:
            self.left[item] = (SUPERSEDED if same else CONFLICTED, draft.record_id)
        record_id, source = key_of(draft)
        self.attempts.append((new_id(), record_id, source, status, self.now))
        if same:
            return Ending(status, None, None, subject)
        reasons = [CONTENT_DIFFERS]
        if draft.record is not None and not draft.reasons and not self._is_of_erased(draft):
            self.contested.append(self._item(draft, reasons, CONTESTED))
        return Ending(status, None, reasons, subject)

    def _is_of_erased(self, draft: Draft) -> bool:
        wanted = draft.whom.wanted
        person = self.book.find(self.book.effective(wanted.pointers, wanted.person))
        return person is not None and person.erased

    def _erased(self, item: str | None) -> Ending:
        if item:
            self.left[item] = (ERASED_STATE, None)
        return Ending(QUARANTINED, None, [ERASED])

    def _quarantined(self, draft: Draft, item: str | None, reasons: Sequence[Reason]) -> Ending:
        told = [*reasons, *draft.whom.notes]
        if item:
            self.waits_on[item] = told
        elif draft.content not in self.waiting:
            held = self._item(draft, told, WAITING)
            self.waiting[draft.content] = held.id
            self.kept.append(held)
        return Ending(QUARANTINED, None, told)

    def _item(self, draft: Draft, reasons: Sequence[Reason], state: str) -> Item:
        return Item(
            id=new_id(),
            record_id=draft.record_id,
            source=draft.source if _is_harmless_source(draft.source, self.sources) else None,
            kind=draft.kind,
            reasons=reasons,
            content_hash=draft.content,
            clear=draft.raw,
            indexes=[index for _, _, index in (*draft.whom.wanted.pointers, *draft.whom.others)],
            received_at=self.now,
            state=state,
        )


def _says_something_new(draft: Draft, person: Person | None) -> bool:
    """Whether the record tells something of the person that the last ones did not: a facet to reveal from."""
    facet = draft.whom.wanted.facet
    if person is None or facet is None or person.has_facet(facet):
        return False
    person.add_facet(facet)
    return True


def _is_harmless_source(source: str | None, known: Collection[str]) -> bool:
    """An unknown source is shown to operators only where it looks like a key: a mistaken field may hold anything."""
    return bool(source) and (
        source in known or (bool(is_source_key(source or "")) and not suspicious(source or ""))
    )

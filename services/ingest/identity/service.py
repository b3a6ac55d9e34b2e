"""Use cases of identity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.subjects import SubjectCreated
from kernel.errors import FieldError, InvalidInput
from kernel.ids import new_id
from kernel.telemetry import sampled_traceparent
from services.ingest import moments
from services.ingest.identity import repository
from services.ingest.identity.claims import are_one, is_only_claimed, stand_ins, suspects
from services.ingest.identity.domain import FACETS_KEPT, PROVED, Book, Holder, Person, Wanted
from services.ingest.identity.indexing import PERSON_SIZE, Indexer, index_in, text_of
from services.ingest.identity.pointers import (
    CODES,
    PHONE,
    Pointers,
    point,
    social_kind,
    stand_in,
)


async def open_book(tx: AsyncConnection, indexer: Indexer, limit: int, wanted: Iterable[Wanted]) -> Book:
    """Everything of the identifiers of a batch that may matter, read in this transaction.

    The most telling identifier of each first: who says nothing new of themselves is known by it. An identifier that
    an erased person shared with them is not linked anew then; it leads to nobody until something new is said.
    """
    wanted = [one for one in wanted if one.pointers]
    book = Book(indexer, limit)
    await repository.hold_erasures(tx)
    first = list({one.pointers[0][2] for one in wanted})
    book.holders = await repository.holders_of(tx, first, book.people)
    book.settle(wanted)
    book.holders.update(await repository.holders_of(tx, list(book.unread(wanted)), book.people))
    if any(holder.code == PHONE and book.shared(index) for index, holder in book.holders.items()):
        shared = {
            stand_in(indexer, index, person)[2]
            for pointers, person, *_ in wanted
            for code, _, index in pointers
            if code == PHONE and book.shared(index)
        }
        book.holders.update(await repository.holders_of(tx, list(shared), book.people))
    await _meet_kin(tx, book)
    if suspects(book.people.values()) and (claims := stand_ins(book, wanted)):
        book.holders.update(await repository.holders_of(tx, list(claims - book.holders.keys()), book.people))
        await _meet_kin(tx, book)
    return book


async def _meet_kin(tx: AsyncConnection, book: Book) -> None:
    """Who was merged is judged by the consents of all that are read as the same person."""
    merged = [person for person in book.people.values() if person.family]
    if not merged:
        return
    kin = await repository.kin_of(tx, sorted({person.family for person in merged if person.family}))
    for person in merged:
        others = [one for one in kin if one.family == person.family and one.id != person.id]
        person.kin = tuple((one.ledger, one.own) for one in others)
        person.kin_proved = any(one.documents & PROVED for one in others)


def new_person(book: Book, now: int) -> Person:
    """A person not known before; stored by `close_book`."""
    person = Person(new_id(), created=True, changed=True, created_at=now)
    book.people[person.id] = person
    return person


async def close_book(tx: AsyncConnection, book: Book) -> list[Person]:
    """Store what `book` added or changed, in one order everywhere. Returns the people that are new.

    Where another transaction made the same person at the same moment, ours becomes that one (its id changes), so
    this must come before anything is stored under a person's id.
    """
    added = sorted((pair for pair in book.holders.items() if pair[1].new), key=_by_index)
    await repository.add_holders(tx, added)
    if added and tx.dialect.name == "postgresql":
        await _yield_to_winners(tx, book, added)
    seen = [pair for pair in book.holders.items() if pair[1].changed and not pair[1].new]
    await repository.save_persons(tx, sorted(seen, key=_by_index))
    changed = {person.id: person for person in book.people.values() if person.changed}
    await repository.save_people(tx, [changed[key] for key in sorted(changed)])
    return [person for person in changed.values() if person.created]


def _by_index(pair: tuple[bytes, Holder]) -> bytes:
    return pair[0]


async def _yield_to_winners(tx: AsyncConnection, book: Book, added: Sequence[tuple[bytes, Holder]]) -> None:
    stored = await repository.owners_of(tx, [index for index, _ in added])
    for index, holder in sorted(added, key=lambda pair: pair[1].code):
        loser, owner = holder.person, stored[index]
        if owner == loser.id or not loser.created:
            continue
        await repository.move_identifiers(tx, loser.id, owner)
        del book.people[loser.id]
        known = await repository.person_by_id(tx, owner)
        loser.id, loser.created, loser.changed = owner, False, False
        loser.erased = known is not None and known.erased


def created_events(people: Sequence[Person], now: int) -> list[SubjectCreated]:
    """The events that announce new people."""
    moment = moments.moment_of(now)
    traceparent = sampled_traceparent()
    return [
        SubjectCreated(
            id=new_id(),
            version=1,
            subject=person.id,
            occurred_at=moment,
            recorded_at=moment,
            traceparent=traceparent,
        )
        for person in people
    ]


@dataclass(frozen=True, slots=True)
class Directory:
    """From identifiers to people, for other services."""

    indexer: Indexer
    sharing_limit: int

    def index_of(self, given: Mapping[str, str]) -> str | None:
        """The blind index of the one identifier in `given`; None for several, or one that is not usable."""
        found = point(self.indexer, given.items()).joining if len(given) == 1 else []
        return text_of(found[0][2]) if found else None

    async def holders_of(self, tx: AsyncConnection, indexes: Sequence[str]) -> list[Person | None]:
        """Whom each blind index (as `index_of` writes it) leads to; None for nobody and for what is no index."""
        known = [index_in(text) for text in indexes]
        found = await repository.holders_of(tx, sorted({one for one in known if one}), {})
        holders = [found.get(one) if one else None for one in known]
        return [holder.person if holder else None for holder in holders]

    async def resolve(
        self, tx: AsyncConnection, given: Mapping[str, str], *, create: bool
    ) -> tuple[Person | None, list[SubjectCreated]]:
        """The person that `given` identifiers lead to, made where nobody is and `create` is set.

        Raises InvalidInput where none of them is usable and somebody was to be made.
        """
        pointers = point(self.indexer, given.items())
        who = self.indexer.person(pointers.national_id, None)
        book = await open_book(tx, self.indexer, self.sharing_limit, [Wanted(pointers.joining, who)])
        effective = book.effective(pointers.joining, who)
        person = book.find(effective)
        if person or not create:
            return person, []
        if not effective:
            raise InvalidInput("No identifier is usable.", errors=unusable(pointers))
        now = moments.now()
        person = new_person(book, now)
        book.link(person, [*effective, *pointers.joining])
        made = await close_book(tx, book)
        return person, created_events(made, now)

    async def people_on(self, tx: AsyncConnection, given: Mapping[str, str]) -> int:
        """How many different people the phone in `given` was seen with; 0 where it leads to nobody."""
        phones = [index for code, _, index in point(self.indexer, given.items()).joining if code == PHONE]
        holders = await repository.holders_of(tx, phones, {})
        return max((max(1, len(holder.persons) // PERSON_SIZE) for holder in holders.values()), default=0)

    async def is_claimed(self, tx: AsyncConnection, given: Mapping[str, str]) -> bool:
        """Whether `given` identifiers lead to somebody who proved to hold a phone, by none that says so of them."""
        pointers = point(self.indexer, given.items()).joining
        book = await open_book(tx, self.indexer, self.sharing_limit, [Wanted(pointers, None)])
        person = book.find(book.effective(pointers, None))
        return person is not None and is_only_claimed(book, pointers, person)

    async def link(self, tx: AsyncConnection, given: Sequence[tuple[str, str]]) -> list[SubjectCreated]:
        """Let those of `given` (kind, value) that lead to nobody lead to whom the others lead to, made where nobody
        is. Two people that are known already stay two, and nothing leads to an erased one."""
        pointers = point(self.indexer, given)
        who = self.indexer.person(pointers.national_id, None)
        wanted = Wanted(pointers.joining, who)
        book = await open_book(tx, self.indexer, self.sharing_limit, [wanted])
        effective = book.effective(pointers.joining, who)
        person = book.find(effective)
        if not effective or (person and person.erased):
            return []
        now = moments.now()
        book.tie(person or new_person(book, now), wanted, effective)
        return created_events(await close_book(tx, book), now)


def unusable(pointers: Pointers) -> list[FieldError]:
    """Why identifiers were refused, without their values."""
    return [FieldError("/identifiers/" + kind.replace(".", "/"), reason) for kind, reason in pointers.refused]


def flat_identifiers(given: Mapping[str, str | Mapping[str, str]]) -> dict[str, str]:
    """Identifiers as (kind, value), `social` spread to `social.<platform>`; unknown kinds are left out."""
    flat: dict[str, str] = {}
    for kind, value in given.items():
        if kind not in CODES:
            continue
        if isinstance(value, str):
            if kind != "social":
                flat[kind] = value
        elif kind == "social":
            flat.update({social_kind(platform): account for platform, account in value.items()})
    return flat


async def note_proved(tx: AsyncConnection, proved: Mapping[bytes, int], people: Iterable[str]) -> None:
    """Phones whose holder proved to hold them, and when (µs): from now on they decide over what is only claimed.

    `people` are those who were asked to prove it.
    """
    owners = await repository.save_proved(tx, proved)
    await repository.mark_proved(tx, sorted({*owners, *people}))


async def held_by_others(
    tx: AsyncConnection, indexer: Indexer, person: Person, told: Mapping[str, str]
) -> set[str]:
    """Those of the fields `told` of a person that are identifiers which somebody else proved to hold."""
    if person.documents & PROVED:
        return set()
    given = {kind: point(indexer, [(kind, value)]).joining for kind, value in told.items() if kind in CODES}
    indexes = {kind: found[0][2] for kind, found in given.items() if found}
    holders = await repository.holders_of(tx, sorted(set(indexes.values())), {})
    return {
        kind
        for kind, index in indexes.items()
        if (holder := holders.get(index)) and holder.proved and not are_one(holder.person, person)
    }


async def hear_ledger(tx: AsyncConnection, states: Mapping[str, tuple[int, bytes]]) -> None:
    """Keep the consent ledger's state of each subject (version, encoded state), unless a newer one is known.

    Subjects that are not there any more (of whom nothing was left when an import was undone) stay away: every subject
    is made here before anybody else hears of it.
    """
    known = await repository.known_among(tx, sorted(states))
    rows = [(key, version, state) for key, (version, state) in sorted(states.items()) if key in known]
    await repository.save_ledger(tx, rows, moments.now())


async def find_person(tx: AsyncConnection, key: str) -> Person | None:
    """A subject by its id."""
    return await repository.person_by_id(tx, key)


async def indexes_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[bytes]:
    """The blind indexes that lead to these subjects, or to whoever is read as one of them."""
    families = await repository.families_of(tx, subjects)
    kin = [one.id for one in await repository.kin_of(tx, families)] if families else []
    return await repository.indexes_of(tx, sorted({*subjects, *kin}))


Kin = repository.Kin


async def every_family(tx: AsyncConnection) -> dict[str, str]:
    """Whom everybody who was merged is read as."""
    return await repository.every_family(tx)


class Evidence(NamedTuple):
    """What is stored of a person's consents, as `consents.domain.standing` takes it."""

    ledger: bytes | None
    own: bytes | None
    kin: tuple[tuple[bytes | None, bytes | None], ...]
    """Of everybody else who is read as the same."""


async def evidence_of(tx: AsyncConnection, subjects: Sequence[str]) -> dict[str, Evidence]:
    """The evidence of those of these subjects that are there and not erased."""
    known = [one for one in await repository.people_of(tx, subjects) if one.erased_at is None]
    families = await repository.families_of(tx, [one.id for one in known])
    kin = await repository.kin_of(tx, families) if families else []
    read_as = {one.id: one.family for one in kin}
    return {
        one.id: Evidence(
            one.ledger,
            one.own,
            tuple((o.ledger, o.own) for o in kin if o.id != one.id and o.family == read_as.get(one.id)),
        )
        for one in known
    }


async def everybody_read_as(tx: AsyncConnection, key: str) -> list[Kin]:
    """Everybody who is read as the same person as `key`, held against an erasure; nobody where there is no `key`."""
    await repository.hold_erasures(tx)
    return await repository.family_by_id(tx, key)


async def read_as(tx: AsyncConnection, families: Mapping[str, str]) -> None:
    """From now on each subject is read as the one named; the ledger of merges says why."""
    await repository.save_families(tx, families)


async def mark_erased(tx: AsyncConnection, subjects: Sequence[str], now: int) -> None:
    """Mark people as erased, once whoever seals for them has ended: nothing is sealed for them from then on."""
    await repository.wait_for_writers(tx)
    await repository.mark_erased(tx, subjects, now)


async def forget_people(tx: AsyncConnection, subjects: Sequence[str]) -> int:
    """Delete what leads to erased people, but for their ids; how many identifiers."""
    return await repository.forget(tx, subjects)


async def await_writers(tx: AsyncConnection) -> None:
    """Nobody seals, or ties a record to a person, until this transaction ends."""
    await repository.wait_for_writers(tx)


async def set_facets(tx: AsyncConnection, key: str, facets: Sequence[bytes]) -> None:
    """Let a person be known at first sight by these facets, newest first; as many as are remembered."""
    await repository.set_facets(tx, key, b"".join(reversed(facets[:FACETS_KEPT])))


async def unlink(tx: AsyncConnection, key: str, indexes: Sequence[bytes], *, even_if_consenting: bool) -> int:
    """Let these blind indexes lead to a person no more; how many did.

    Without `even_if_consenting` only where the consent ledger knows nothing of the person.
    """
    if not indexes:
        return 0
    return await repository.unlink(tx, key, indexes, even_if_consenting=even_if_consenting)


def is_erased(key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a person is marked as erased."""
    return repository.is_erased(key)


def are_read_as_one(one: sa.ColumnElement[str], other: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that two subjects are the same, or are read as the same person."""
    return repository.are_one(one, other)


async def forget_facets(tx: AsyncConnection, key: str) -> None:
    """What is told of a person next counts as new: a record that told it before is taken out."""
    await repository.forget_facets(tx, key)


async def subjects_of(tx: AsyncConnection, indexes: Sequence[bytes]) -> dict[bytes, str]:
    """Whom each of these blind indexes leads to now; those that lead to nobody are left out."""
    return await repository.owners_of(tx, indexes) if indexes else {}


async def origins_of(tx: AsyncConnection, key: str) -> list[str]:
    """Every subject that is read as the same person as `key`, itself first; nobody where there is no such subject."""
    kin = await repository.family_by_id(tx, key)
    return sorted((one.id for one in kin), key=lambda one: (one != key, one))


people_of = repository.people_of
merged_among = repository.merged_among
identifiers_of = repository.identifiers_of
correct_people = repository.correct_people


async def remove_people(tx: AsyncConnection, subjects: Sequence[str]) -> None:
    """Remove people of whom nothing is left, and whatever led to them. They are not erased: they may come again."""
    held = await repository.identifiers_of(tx, subjects)
    await repository.remove_identifiers(tx, [one.pointer for one in held])
    await repository.remove_people(tx, subjects)


async def release(tx: AsyncConnection, free: Sequence[bytes], seen: Sequence[tuple[bytes, bytes]]) -> None:
    """Let identifiers lead to nobody, and set (phone, who was seen with it)."""
    await repository.remove_identifiers(tx, free)
    await repository.set_witnesses(tx, seen)

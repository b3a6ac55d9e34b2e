"""Who a record is about: pure rules over what was read of the identifiers in it.

No match is a new person, one match is that person; of several the most telling identifier decides and nobody is
merged silently. A phone seen with more people than the limit joins nobody by itself, and two different citizen ids
are two people whatever else they share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from services.ingest.identity.indexing import BIRTH_SIZE, FACET_SIZE, PERSON_SIZE, Indexer
from services.ingest.identity.pointers import (
    LAST_REVEALED,
    NATIONAL_ID_9,
    PHONE,
    SHARED_PHONE,
    Pointer,
    stand_in,
)

FACETS_KEPT = 8
BIRTHS_KEPT = 4

PROVED, CLAIMED = 4, 8
"""Further bits of `subject.documents`: they proved to hold a phone; an origin of claims on somebody else's."""


class Wanted(NamedTuple):
    """Whom a record is about, as far as the record tells."""

    pointers: Sequence[Pointer]
    """Joining ones, most telling first."""
    person: bytes | None
    """Who it says it is, hashed."""
    facet: bytes | None = None
    """All it says of them, hashed: every pointer up to LAST_REVEALED is part of it."""
    birth: bytes | None = None
    """The date of birth and the name it tells, hashed, where it tells both (see `Indexer.birth`)."""


class Person(msgspec.Struct, eq=False):
    """A subject as it stands in this transaction."""

    id: str
    created: bool = False
    changed: bool = False
    created_at: int = 0
    erased: bool = False
    documents: int = 0
    facets: bytes = b""
    own: bytes | None = None
    ledger: bytes | None = None
    family: str | None = None
    """Whom it is read as, where it was ever merged."""
    kin: tuple[tuple[bytes | None, bytes | None], ...] = ()
    """Of everybody else who is read as the same: what the ledger says, and the evidence accepted here."""
    births: bytes | None = None
    """The last dates of birth and names told of them, hashed."""
    kin_proved: bool = False
    """Somebody else who is read as the same proved to hold a phone."""

    def has_facet(self, facet: bytes) -> bool:
        """Whether a facet is among the last ones known."""
        return _holds(self.facets, facet)

    def add_facet(self, facet: bytes) -> None:
        """Remember a facet; the oldest is forgotten, which only costs an insert that finds it there."""
        self.facets = (self.facets + facet)[-FACETS_KEPT * FACET_SIZE :]
        self.changed = True

    def mark(self, bit: int) -> None:
        """Set a bit of `documents`."""
        if not self.documents & bit:
            self.documents |= bit
            self.changed = True

    def add_birth(self, birth: bytes) -> None:
        """Remember a date of birth and name."""
        known = self.births or b""
        if not _holds(known, birth):
            self.births, self.changed = (known + birth)[-BIRTHS_KEPT * BIRTH_SIZE :], True

    def set_own(self, own: bytes) -> None:
        """Replace the consent evidence accepted here."""
        self.own, self.changed = own, True


class Holder(msgspec.Struct, eq=False):
    """Whom an identifier leads to, and which people it was seen with."""

    person: Person
    code: int
    persons: bytes = b""
    new: bool = True
    changed: bool = False
    proved: bool = False
    """Its holder proved to hold it: it decides over what is only claimed."""


@dataclass(slots=True)
class Book:
    """The identifiers read in this transaction, and those it adds."""

    indexer: Indexer
    sharing_limit: int
    holders: dict[bytes, Holder] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    settled: set[bytes] = field(default_factory=set)
    """Facets that their people are known by: what is in them was linked and witnessed before."""

    def shared(self, index: bytes) -> bool:
        """Whether a phone was seen with more people than may share one."""
        holder = self.holders.get(index)
        return holder is not None and len(holder.persons) > self.sharing_limit * PERSON_SIZE

    def effective(self, pointers: Sequence[Pointer], person: bytes | None) -> Sequence[Pointer]:
        """`pointers` with a shared phone replaced by the one of this person on that phone."""
        for code, _, index in pointers:
            if code == PHONE and self.shared(index):
                break
        else:
            return pointers
        return [
            stand_in(self.indexer, pointer[2], person)
            if pointer[0] == PHONE and self.shared(pointer[2])
            else pointer
            for pointer in pointers
        ]

    def find(self, pointers: Sequence[Pointer]) -> Person | None:
        """The person that effective `pointers` lead to: by a phone that was proved, else by the most telling one.

        Whoever holds another document than the record tells is somebody else, also with the same phone.
        """
        unknown, told, claimed, holders = 0, 0, None, self.holders
        for code, _, index in pointers:
            if claimed is not None and code > PHONE:
                break
            holder = holders.get(index)
            if code <= NATIONAL_ID_9:
                told |= code
                unknown |= 0 if holder else code
            if holder is None:
                continue
            if claimed is None and not holder.person.documents & unknown:
                claimed = holder.person
            elif code == PHONE and holder.proved and not holder.person.documents & told:
                return holder.person
        return claimed

    def settle(self, wanted: Iterable[Wanted]) -> None:
        """Note which facets are those of the person whom their most telling pointer leads to."""
        for pointers, _, facet, _ in wanted:
            code, _, index = pointers[0]
            holder = self.holders.get(index)
            if not facet or holder is None or code > LAST_REVEALED or self.shared(index):
                continue
            if holder.person.has_facet(facet):
                self.settled.add(facet)

    def unread(self, wanted: Iterable[Wanted]) -> set[bytes]:
        """The pointers' indexes that must still be read: what is in a settled facet need not, but for phones, which
        may have become shared meanwhile."""
        return {
            index
            for pointers, _, facet, _ in wanted
            for code, _, index in pointers[1:]
            if index not in self.holders
            and (facet not in self.settled or code > LAST_REVEALED or code == PHONE)
        }

    def tie(self, person: Person, wanted: Wanted, effective: Sequence[Pointer]) -> None:
        """Let what `wanted` tells lead to `person`, and note who was seen with its phones."""
        pointers, told, facet, birth = wanted
        if facet in self.settled:
            unsettled = (
                pointer for pointer in effective if pointer[0] > LAST_REVEALED or pointer[0] == SHARED_PHONE
            )
            self.link(person, unsettled)
            return
        if birth is not None:
            person.add_birth(birth)
        self.link(person, effective)
        if effective is not pointers:
            self.link(person, pointers)
        self.witness(person, pointers, told)

    def link(self, person: Person, pointers: Iterable[Pointer]) -> None:
        """Let those of `pointers` that lead to nobody lead to `person`."""
        holders = self.holders
        for code, _, index in pointers:
            if index in holders:
                continue
            holders[index] = Holder(person, code)
            if code <= NATIONAL_ID_9 and not person.documents & code:
                person.documents |= code
                person.changed = True

    def witness(self, owner: Person, pointers: Iterable[Pointer], person: bytes | None) -> None:
        """Note who was seen with each phone, up to one more than may share it; `owner` is whose record told it."""
        if person is None:
            return
        for code, _, index in pointers:
            if code != PHONE:
                continue
            holder = self.holders[index]
            if holder.proved and owner is not holder.person:  # who only claims it shares nothing
                continue
            known = holder.persons
            if len(known) <= self.sharing_limit * PERSON_SIZE and not _holds(known, person):
                holder.persons, holder.changed = known + person, True


def _holds(packed: bytes, chunk: bytes) -> bool:
    """Whether one of the chunks in a row is `chunk`."""
    position = packed.find(chunk)
    while position > 0 and position % len(chunk):
        position = packed.find(chunk, position + 1)
    return position >= 0

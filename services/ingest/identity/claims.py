"""What a record may claim of somebody who is known already. Pure.

Two doubts hold a record back from the person to whom its identifiers lead; it then gets an origin of its own, and a
suggestion says so:

- *contradiction*: it names another date of birth and another name (one of the two alone is a slip or a marriage);
- *unproved*: the person is known by a phone that its holder proved to hold, the record comes from a source that does
  not vouch for whom it serves, and it would add something that only that person may add: a consent, a basis, a new
  way to reach or recognise them; or it names them by nothing but what anybody may know of them.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from services.ingest.identity.domain import PROVED, Book, Person, Wanted
from services.ingest.identity.indexing import BIRTH_SIZE, PERSON_SIZE
from services.ingest.identity.pointers import CODES, NATIONAL_ID_9, SHARED_PHONE, Pointer, stand_in

CONTRADICTED, UNPROVED, OTHER_DOCUMENT = "contradiction", "claim-unproved", "other-document"

_OF_SYSTEMS: Final = frozenset(
    CODES[kind] for kind in ("external_id", "device_id", "cookie_id", "anonymous_id")
)
"""Ids that a system gave: who knows them is that system, and not anybody who knows the person."""


class Doubt(NamedTuple):
    """Why a record is not joined to `person`; `fields` are (field, same | different | unproved)."""

    person: Person
    code: str
    fields: tuple[tuple[str, str], ...]


def contradicts(births: bytes, birth: bytes) -> bool:
    """Whether somebody known by `births` has neither this date of birth nor this name, in any of them."""
    return bool(births) and not any(
        births[at : at + PERSON_SIZE] == birth[:PERSON_SIZE]
        or births[at + PERSON_SIZE : at + BIRTH_SIZE] == birth[PERSON_SIZE:]
        for at in range(0, len(births), BIRTH_SIZE)
    )


def doubt(book: Book, wanted: Wanted, person: Person, *, vouched: bool, adds: bool) -> Doubt | None:
    """What speaks against joining a record to the `person` its identifiers lead to; None where nothing does.

    `vouched`: its source knows whom it serves. `adds`: it brings a consent or a basis for what is not in force.
    """
    leading = _leading(book, wanted.pointers, person)
    same = tuple((kind, "same") for _, kind, _ in leading)
    if wanted.birth and contradicts(person.births or b"", wanted.birth):
        return Doubt(
            person, CONTRADICTED, (*same, ("date_of_birth", "different"), ("full_name", "different"))
        )
    if vouched or not is_proved(person):
        return None
    if not adds and not _brings_new(book, wanted) and _is_named_rightly(book, wanted, leading):
        return None
    return Doubt(person, UNPROVED, tuple((kind, "unproved") for _, kind, _ in leading))


def is_proved(person: Person) -> bool:
    """Whether the person, or whoever is read as the same, proved to hold a phone."""
    return bool(person.documents & PROVED) or person.kin_proved


def is_only_claimed(book: Book, pointers: Sequence[Pointer], person: Person) -> bool:
    """Whether somebody who proved to hold a phone is named by nothing but what anybody may know of them."""
    return is_proved(person) and not _is_named_rightly(
        book, Wanted(pointers, None), _leading(book, pointers, person)
    )


def are_one(one: Person, other: Person) -> bool:
    """Whether both are read as the same person."""
    return one.id == other.id or (one.family is not None and one.family == other.family)


def apart(book: Book, wanted: Wanted, pointers: Sequence[Pointer], person: Person) -> list[Pointer]:
    """`pointers` with those that lead to `person` replaced by what stands for this claim on them."""
    return [
        stand_in(book.indexer, one[2], wanted.person)
        if one[0] != SHARED_PHONE and _leads_to(book, one, person)
        else one
        for one in pointers
    ]


def other_documents(book: Book, pointers: Sequence[Pointer], found: Person | None) -> list[Doubt]:
    """The people to whom a record's identifiers lead, but whose national id is another than it tells."""
    if not pointers or pointers[0][0] > NATIONAL_ID_9:
        return []
    told = 0
    for code, _, index in pointers:
        told |= code if code <= NATIONAL_ID_9 and index not in book.holders else 0
    met: dict[str, Doubt] = {}
    for one in pointers:
        holder = book.holders.get(one[2])
        if holder and holder.person is not found and holder.person.documents & told:
            known = met.get(holder.person.id)
            shown = known.fields if known else (("national_id", "different"),)
            met[holder.person.id] = Doubt(holder.person, OTHER_DOCUMENT, (*shown, (one[1], "same")))
    return list(met.values())


def suspects(people: Collection[Person]) -> list[Person]:
    """Those of `people` whom a record may contradict, or who proved to hold a phone."""
    return [person for person in people if person.births or is_proved(person)]


def stand_ins(book: Book, wanted: Sequence[Wanted]) -> set[bytes]:
    """The indexes of what may stand for claims on suspects."""
    doubted = {person.id for person in suspects(book.people.values())}
    return {
        stand_in(book.indexer, index, one.person)[2]
        for one in wanted
        for code, _, index in one.pointers
        if (holder := book.holders.get(index))
        and holder.person.id in doubted
        and (is_proved(holder.person) or (one.birth and contradicts(holder.person.births or b"", one.birth)))
    }


def _leading(book: Book, pointers: Sequence[Pointer], person: Person) -> list[Pointer]:
    return [one for one in pointers if _leads_to(book, one, person)]


def _is_named_rightly(book: Book, wanted: Wanted, leading: Sequence[Pointer]) -> bool:
    """Whether one of the identifiers was proved, or is an id that a system gave."""
    if any(one[0] in _OF_SYSTEMS for one in (*leading, *_settled(book, wanted))):
        return True
    return any((holder := book.holders.get(one[2])) and holder.proved for one in leading)


def _leads_to(book: Book, pointer: Pointer, person: Person) -> bool:
    holder = book.holders.get(pointer[2])
    return holder is not None and are_one(holder.person, person)


def _settled(book: Book, wanted: Wanted) -> Sequence[Pointer]:
    """Of who says what they said before, what need not be looked up again."""
    return wanted.pointers if wanted.facet in book.settled else ()


def _brings_new(book: Book, wanted: Wanted) -> bool:
    """Whether it would let something lead to the person by which anybody may be reached or recognised."""
    if wanted.facet in book.settled:
        return False
    return any(code not in _OF_SYSTEMS and index not in book.holders for code, _, index in wanted.pointers)

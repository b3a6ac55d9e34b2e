"""Whose record it is: the person to whom its identifiers lead, or an origin of its own where that is only claimed."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.ingest.consents.domain import standing
from services.ingest.identity.claims import (
    CONTRADICTED,
    OTHER_DOCUMENT,
    UNPROVED,
    Doubt,
    apart,
    are_one,
    doubt,
    is_proved,
    other_documents,
)
from services.ingest.identity.domain import Book, Person
from services.ingest.identity.pointers import NATIONAL_ID_9, Pointer
from services.ingest.merges.domain import RULE, Agreement, Pair, ordered
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.wire import Record

Notices = Mapping[tuple[str, int], frozenset[str]]

NOTES: Final = {
    UNPROVED: Reason(
        UNPROVED,
        "/subject/identifiers",
        "Somebody proved to hold these before; a record that only claims them stands apart until an operator decides.",
    ),
    CONTRADICTED: Reason(
        CONTRADICTED,
        "/subject/attributes",
        "Another date of birth and another name than its identifiers lead to; it stands apart until an operator decides.",
    ),
    OTHER_DOCUMENT: Reason(
        OTHER_DOCUMENT,
        "/subject/identifiers/national_id",
        "Another national id than other identifiers of it lead to; it stands apart until an operator decides.",
    ),
}
NOT_TAKEN: Final = Reason(
    "consent-unproved",
    "/consent",
    "The person proved to hold their phone; a claim does not consent for them.",
)
PROBABILITY: Final = {UNPROVED: 0.5, CONTRADICTED: 0.2, OTHER_DOCUMENT: 0.1}
"""Of a suggestion that a rule makes. Set by judgement: it orders the list, and nothing is decided by it."""
_IN_WORDS: Final = {
    "same": "The same {}.",
    "different": "Another {}.",
    "unproved": "The same {}, but only claimed: the person proved to hold their phone.",
}


class Whose(NamedTuple):
    """Whom a record is tied to (None: somebody new), by which pointers, and what holds it back from others."""

    person: Person | None
    pointers: Sequence[Pointer]
    doubts: Sequence[Doubt] = ()
    is_claim: bool = False
    """It is of an origin that is read as somebody who proved to hold a phone: what it says of consent is not taken."""

    @property
    def notes(self) -> list[Reason]:
        """What the receipt says of it."""
        return [NOTES[code] for code in dict.fromkeys(one.code for one in self.doubts)]


def whose(book: Book, draft: Draft, record: Record, notices: Notices, *, vouched: bool) -> Whose:
    """Whose record it is, and why not of whom its identifiers lead to. `vouched`: its source knows whom it serves."""
    wanted = draft.whom.wanted
    pointers = book.effective(wanted.pointers, wanted.person)
    person, doubts = book.find(pointers), list[Doubt]()
    while person and not person.erased and (person.births or is_proved(person)):
        found = doubt(book, wanted, person, vouched=vouched, adds=_adds(record, person, notices))
        if found is None:
            break
        own = apart(book, wanted, pointers, person)
        if own == pointers:  # it is found by what stands for claims: its origin
            others = [one for one in doubts if not are_one(one.person, person)]
            return Whose(person, pointers, others, is_claim=found.code == UNPROVED)
        doubts.append(found)
        pointers, person = own, book.find(own)
    if pointers and pointers[0][0] <= NATIONAL_ID_9:
        doubts += other_documents(book, pointers, person)
    return Whose(person, pointers, doubts)


def _adds(record: Record, person: Person, notices: Notices) -> bool:
    """Whether the record brings a consent, or a basis, for something that is not in force for the person."""
    known = standing(person.ledger, person.own, person.kin)
    consent = record.consent
    if consent is not None:
        named = notices.get((consent.notice, consent.version), frozenset())
        if known.adds(purpose for purpose in consent.purposes if purpose in named):
            return True
    return record.basis is not None and "service" not in known.in_force


def pairs_of(held: Sequence[tuple[Person, Doubt]]) -> list[Pair]:
    """The suggestions that records held back make: (whose record it became, why it is not of somebody else)."""
    found: dict[tuple[str, str], Pair] = {}
    for person, why in held:
        other = why.person
        if are_one(person, other):
            continue
        evidence = tuple(Agreement(field, level, _told(field, level)) for field, level in why.fields)
        a, b = ordered(person.id, other.id)
        found[a, b] = Pair(a, b, PROBABILITY[why.code], evidence, RULE)
    return list(found.values())


def _told(field: str, level: str) -> str:
    return _IN_WORDS[level].format(field.replace("_", " ").replace(".", " "))

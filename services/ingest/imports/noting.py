"""What a group of records did to the database, read from its acceptance before it commits."""

from collections.abc import Sequence

from services.ingest.identity.domain import Book, Person
from services.ingest.identity.pointers import SHARED_PHONE, stand_in
from services.ingest.imports.domain.brought import CREATED, STAND_IN, Stored
from services.ingest.imports.domain.lines import Problem
from services.ingest.quarantine.domain import Reason
from services.ingest.records.acceptance import Acceptance
from services.ingest.records.domain.draft import Draft
from services.ingest.records.domain.receipts import Receipt


def stored_by(acceptance: Acceptance, rows: Sequence[int]) -> list[Stored]:
    """Every record that was stored, with what was new with it; what is new with two is the first one's."""
    row_of = {id(draft): row for draft, row in zip(acceptance.drafts, rows, strict=True)}
    claimed: set[bytes] = set()
    book = acceptance.book
    stand_ins = any(one.new and one.code == SHARED_PHONE for one in book.holders.values())
    people: set[str] = set()
    return [
        Stored(
            row_of[id(one.draft)],
            one.draft.record_id or "",
            one.draft.source,
            _news(book, one.draft, one.person, claimed, people)
            | (_stand_in(book, one.draft, one.person, claimed) if stand_ins and one.person else 0),
        )
        for one in acceptance.accepted
    ]


def _news(book: Book, draft: Draft, person: Person | None, claimed: set[bytes], people: set[str]) -> int:
    if person is None:
        return 0
    news, wanted = 0, draft.whom.wanted
    if person.created and person.id not in people:
        people.add(person.id)
        news |= CREATED
    for place, (_, _, index) in enumerate(wanted.pointers[:14]):
        news |= _is_new(book, index, person, claimed) << place
    return news


def _stand_in(book: Book, draft: Draft, person: Person, claimed: set[bytes]) -> int:
    """Whether what stands for its person on somebody else's identifier was new with it."""
    wanted = draft.whom.wanted
    indexes = [stand_in(book.indexer, index, wanted.person)[2] for _, _, index in wanted.pointers]
    return STAND_IN if sum(_is_new(book, index, person, claimed) for index in indexes) else 0


def _is_new(book: Book, index: bytes, person: Person, claimed: set[bytes]) -> bool:
    holder = book.holders.get(index)
    if holder is None or not holder.new or holder.person is not person or index in claimed:
        return False
    claimed.add(index)
    return True


def kept_by(acceptance: Acceptance) -> list[str]:
    """The items that were put into quarantine."""
    return [item.id for item in acceptance.kept]


def attempts_of(acceptance: Acceptance) -> list[str]:
    """The notes that a record had been there before."""
    return [attempt[0] for attempt in acceptance.attempts]


def problems_of(receipts: Sequence[Receipt], rows: Sequence[int], fields: Sequence[str]) -> list[Problem]:
    """Why records were not stored, by the column that is at fault."""
    return [
        Problem(row, column_of(reason, fields), reason.code, reason.detail)
        for receipt, row in zip(receipts, rows, strict=True)
        for reason in receipt.reasons or ()
    ]


def column_of(reason: Reason, fields: Sequence[str]) -> int | None:
    """The place of the column that a reason points at; None where no column is that field."""
    field = reason.pointer.strip("/").replace("/", ".")
    if field in fields:
        return fields.index(field)
    inside = [place for place, one in enumerate(fields) if one and field.startswith(one + ".")]
    return inside[0] if inside else None


def problems_of_drafts(drafts: Sequence[Draft], rows: Sequence[int], fields: Sequence[str]) -> list[Problem]:
    """What is wrong with records, as far as it can be told without the database."""
    return [
        Problem(row, column_of(reason, fields), reason.code, reason.detail)
        for draft, row in zip(drafts, rows, strict=True)
        for reason in (*draft.reasons, *draft.whom.notes)
    ]

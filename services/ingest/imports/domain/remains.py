"""What is left of people when some of their records are taken back. Pure.

What a record said is read from the record itself once more: nothing about a person is kept for the sake of undoing.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from kernel.contracts.records import RemainingEvidence
from services.ingest import moments
from services.ingest.consents.domain import LedgerState, Own, encode_own
from services.ingest.identity.domain import CLAIMED, PROVED
from services.ingest.identity.indexing import BIRTH_SIZE, FACET_SIZE, PERSON_SIZE, Indexer
from services.ingest.identity.pointers import NATIONAL_ID_9, PHONE, SHARED_PHONE, stand_in
from services.ingest.imports.domain.brought import CREATED, STAND_IN
from services.ingest.records.domain.draft import Draft

ALL_NEW: Final = CREATED | STAND_IN | (STAND_IN - 1)
"""Of a record that came out of quarantine: what was new with it is not known, and judged by what is left."""

_decode_own = msgspec.json.Decoder(Own).decode
_decode_ledger = msgspec.json.Decoder(LedgerState).decode


class Told(NamedTuple):
    """What one record said of its person."""

    id: str
    source: str
    kind: str
    pointers: tuple[bytes, ...]
    phones: tuple[bytes, ...]
    stand_ins: tuple[bytes, ...]
    person: bytes | None
    facet: bytes | None
    birth: bytes | None
    evidence: RemainingEvidence
    received_at: int
    news: int = 0

    def fresh(self) -> set[bytes]:
        """What led to nobody before this record."""
        found = {index for place, index in enumerate(self.pointers[:14]) if self.news >> place & 1}
        return found | set(self.stand_ins) if self.news & STAND_IN else found

    def all(self) -> set[bytes]:
        """Everything that leads to the person by this record."""
        return {*self.pointers, *self.stand_ins}


def told_by(draft: Draft, indexer: Indexer, evidence: RemainingEvidence, received_at: int, news: int) -> Told:
    """What a stored record said."""
    wanted = draft.whom.wanted
    phones = tuple(index for code, _, index in wanted.pointers if code == PHONE)
    return Told(
        draft.record_id or "",
        draft.source,
        draft.kind or "",
        tuple(index for _, _, index in wanted.pointers),
        phones,
        tuple(stand_in(indexer, index, wanted.person)[2] for _, _, index in wanted.pointers),
        wanted.person,
        wanted.facet,
        wanted.birth,
        evidence,
        received_at,
        news,
    )


class Standing(NamedTuple):
    """A subject as it is stored."""

    facets: bytes
    births: bytes | None
    own: bytes | None
    ledger: bytes | None


def is_gone(before: Standing, gone: Sequence[Told], left: Sequence[Told]) -> bool:
    """Whether nothing is left of a person: no record, and no act of theirs that the records taken back do not explain.

    A withdrawal or a restriction is never forgotten.
    """
    if left or not any(one.news & CREATED for one in gone):
        return False
    if before.ledger is None:
        return True
    state = _decode_ledger(before.ledger)
    explained = {(purpose, at) for one in gone for purpose, at in _acts(one)}
    return not state.restricted and all(
        withdrawn is None and (granted is None or (purpose, granted) in explained)
        for purpose, (granted, withdrawn) in state.purposes.items()
    )


def _acts(told: Told) -> Iterable[tuple[str, int]]:
    """(purpose, moment) of what a record said of consent, as the ledger has it."""
    evidence = told.evidence
    if evidence.basis:
        yield "service", min(moments.micros(evidence.occurred_at), told.received_at)
    if evidence.consent:
        at = min(moments.micros(evidence.consent.captured_at), told.received_at)
        yield from ((purpose, at) for purpose in evidence.consent.purposes)


def released(gone: Sequence[Told], left: Sequence[Told]) -> set[bytes]:
    """Identifiers that only the records taken back brought."""
    fresh = {index for one in gone for index in one.fresh()}
    return fresh - {index for one in left for index in one.all()}


def facets_left(facets: bytes, gone: Sequence[Told], left: Sequence[Told]) -> bytes:
    """The last facets without those that nothing says any more."""
    void = {one.facet for one in gone} - {one.facet for one in left}
    return _without(facets, FACET_SIZE, void)


def own_left(own: bytes | None, gone: Sequence[Told], left: Sequence[Told]) -> bytes | None:
    """The consent evidence accepted here, as if the records taken back had never been."""
    if own is None:
        return None
    void, stands = {_proven(one) for one in gone}, [one for one in left if one.evidence.consent]
    kept = {
        purpose: act
        for purpose, act in _decode_own(own).items()
        if act not in void or any(act == _proven(one) for one in stands)
    }
    for one in stands:
        consent, act = one.evidence.consent, _proven(one)
        for purpose in consent.purposes if consent and act else ():
            if act is not None:
                kept.setdefault(purpose, act)
    return encode_own(kept) if kept else None


def _proven(told: Told) -> tuple[int, str | None] | None:
    consent = told.evidence.consent
    return (moments.micros(consent.captured_at), consent.proof) if consent else None


def documents_of(held: Iterable[tuple[int, bool]]) -> int:
    """The bits that somebody's identifiers (kind, proved?) come to."""
    bits = 0
    for kind, proved in held:
        bits |= kind if kind <= NATIONAL_ID_9 else CLAIMED if kind == SHARED_PHONE else 0
        bits |= PROVED if proved else 0
    return bits


def births_left(births: bytes | None, gone: Sequence[Told], left: Sequence[Told]) -> bytes | None:
    """The dates of birth and names without those that nothing tells any more."""
    void = {one.birth for one in gone} - {one.birth for one in left}
    return _without(births, BIRTH_SIZE, void) if births else None


def _without(packed: bytes, size: int, void: Collection[bytes | None]) -> bytes:
    chunks = (packed[at : at + size] for at in range(0, len(packed), size))
    return b"".join(chunk for chunk in chunks if chunk not in void)


def witnesses_left(persons: bytes, phone: bytes, gone: Sequence[Told], left: Sequence[Told]) -> bytes:
    """Who was seen with a phone, without those of whom only the records taken back said so."""
    void = _seen_with(phone, gone) - _seen_with(phone, left)
    return _without(persons, PERSON_SIZE, void)


def _seen_with(phone: bytes, told: Sequence[Told]) -> set[bytes]:
    return {one.person for one in told if one.person and phone in one.phones}


def facets_to_write(gone: Sequence[Told], left: Sequence[Told]) -> list[Told]:
    """Records left that now are the first to say what a record taken back had said before them."""
    void, found = {one.facet for one in gone if one.facet}, dict[bytes, Told]()
    for one in left:
        if one.facet in void and one.facet not in found:
            found[one.facet] = one
    return list(found.values())


def evidence_left(left: Sequence[Told]) -> tuple[RemainingEvidence, ...]:
    """What the records left say of consent."""
    return tuple(one.evidence for one in left if one.evidence.consent or one.evidence.basis)

"""May this record be stored? The consent rule of the public contract, on what is known in this transaction."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from kernel.contracts.records import ConsentEvidence
from kernel.privacy.purposes import BASIS, opened_by
from services.ingest import moments
from services.ingest.consents.domain import NOBODY, Offer, Standing, encode_own, standing
from services.ingest.identity.domain import Person
from services.ingest.quarantine.domain import Reason
from services.ingest.records.domain.wire import Consent, Record

Notices = Mapping[tuple[str, int], frozenset[str]]

NOTICE_UNKNOWN = Reason(
    "notice-unknown", "/consent/notice", "No notice of that key and version is published."
)
CONSENT_UNKNOWN = Reason(
    "consent-unknown", "", "Nobody can tell now whether consent stands; the record is judged again by itself."
)
_MISSING = {
    needed: Reason("consent-missing", "/consent", f"No consent to the purpose {needed} is in force.")
    for needed in BASIS.values()
}


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Stored where `reason` is None, with the evidence that goes on and the person's own evidence if it grew."""

    reason: Reason | None
    evidence: ConsentEvidence | None = None
    own: bytes | None = None


def judge_consent(
    record: Record,
    kind: str,
    person: Person | None,
    notices: Notices,
    *,
    view_is_fresh: bool,
    is_claim: bool = False,
) -> Verdict:
    """The verdict on a well-formed record. Purposes that the notice does not name were never consented to.

    What a record that `is_claim` says of consent and basis counts for nothing: only a refusal does.
    """
    consent, evidence, offer = record.consent, None, None
    known = standing(person.ledger, person.own, person.kin) if person else NOBODY
    if consent is not None and not is_claim:
        named = notices.get((consent.notice, consent.version))
        if named is None:
            return Verdict(NOTICE_UNKNOWN)
        evidence = evidence_of(consent, named)
        if known.adds(evidence.purposes):
            at = moments.micros(consent.captured_at)
            offer = Offer(evidence.purposes, at, evidence.proof, consent.method)
    needed = BASIS[kind]
    if needed is None:
        return Verdict(None)
    if is_claim or not _has_basis(record, needed, known):
        if consent is not None and needed in consent.refused:
            return Verdict(_MISSING[needed])
        if not view_is_fresh:
            return Verdict(CONSENT_UNKNOWN)
        if not known.permits(needed, offer):
            return Verdict(_MISSING[needed])
    gained = known.gained(offer) if offer else None
    return Verdict(None, evidence, encode_own(gained) if gained else None)


def _has_basis(record: Record, needed: str, known: Standing) -> bool:
    """A stated basis opens `service` alone; under restriction only the law's own demands still do."""
    basis = record.basis
    if basis is None or needed not in opened_by(basis.kind):
        return False
    return basis.kind == "legal_obligation" or not known.restricted


def evidence_of(consent: Consent, named: frozenset[str]) -> ConsentEvidence:
    """The act of consent without its proof, which may name the person: only the proof's SHA-256 goes on."""
    purposes = consent.purposes
    if not named.issuperset(purposes):
        purposes = tuple(purpose for purpose in purposes if purpose in named)
    proof = sha256(consent.proof.encode()).hexdigest() if consent.proof else None
    return ConsentEvidence(
        consent.notice, consent.version, purposes, consent.method, consent.captured_at, proof
    )

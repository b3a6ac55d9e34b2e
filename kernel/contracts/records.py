"""`records.accepted`: a record about a person (or the market) that is stored, with what others may know of it."""

from datetime import datetime
from typing import Any

import msgspec

from kernel.contracts.event import Event, Glance


class ConsentEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """The act of consent that came with a record. `captured_at` decides against withdrawals, not arrival."""

    notice: str
    version: int
    purposes: tuple[str, ...]
    method: str
    captured_at: datetime
    proof: str | None = None
    """SHA-256 (hex) of the proof as given: the proof itself may name the person and stays sealed."""


class CollectorEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who took the record down and how: pseudonymous, for the forensics of collection."""

    id: str
    device: str | None = None
    """Keyed hash of the collecting device's id."""
    started_at: datetime | None = None
    duration_ms: int | None = None
    area: str | None = None
    """Location rounded to 0.1 degree ("10.8,106.7"): the precise one is sensitive and stays sealed."""
    audio_ms: int | None = None
    """How long the interview's recording is; the recording itself is an attachment."""
    number_block: str | None = None
    """Keyed hash of the block of a hundred numbers that the phone lies in: neighbours are seen, no number is."""
    number_template: bool = False
    """The phone's digits follow a pattern that people type."""


class Present(msgspec.Struct, frozen=True, gc=False):
    """An object of which it is enough to know that it is there."""


class RecordGlance(Glance, frozen=True, gc=False):
    """An event of `records.accepted` as far as it takes to tell whether one reads on."""

    kind: str = ""
    """Of a `RecordAccepted`."""
    collector: Present | None = None


class RecordHead(Event, frozen=True, kw_only=True, omit_defaults=True, tag="RecordAccepted"):
    """A `RecordAccepted` as far as most services read it: decoding the rest is half of what an event costs them."""

    record_id: str
    source: str
    channel: str
    kind: str
    consent: ConsentEvidence | None = None
    supersedes: str | None = None
    """The id of the record of the same source whose earlier events this one replaces: a person chose it over what was
    stored. Whoever counts facts drops those of the earlier events; hearing it twice changes nothing."""
    basis: str | None = None
    """`contract` or `legal_obligation` where one was stated instead of consent."""
    collector: CollectorEvidence | None = None


class RecordAccepted(RecordHead, frozen=True, kw_only=True, omit_defaults=True, tag="RecordAccepted"):
    """A record was stored durably and its person consented to what it was stored for."""

    payload: dict[str, Any] = {}
    """The kind's declared fields; texts redacted; unknown fields are not here (they stay sealed)."""
    traits: dict[str, Any] = {}
    """Linkable attributes that portraits use: province, gender, birth_year, occupation, ... never linked PII."""
    indexes: dict[str, tuple[str, ...]] = {}
    """Blind indexes of the identifiers by kind, base64url without padding; never stored in the lake."""
    trust: float | None = None
    """How far the record can be trusted, 0 to 1: what it says and who took it down; informs, never decides."""


class RemainingEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a record that stays says of consent: as its `RecordAccepted` said it."""

    record_id: str
    occurred_at: datetime
    recorded_at: datetime
    consent: ConsentEvidence | None = None
    basis: str | None = None


class RecordsWithdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Records of one subject are gone from ingest: their time was over, or they should never have come in.

    It follows their `RecordAccepted` in the same partition. Whoever keeps anything of the records
    removes it; the person is not erased, and the same records may come in again.
    """

    record_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    """The kinds among them."""
    reason: str = "undo"
    """`undo`: as if they had never been, their consents included. `retention`, `corrected` (it is about somebody
    else now): their consents stand."""
    evidence: tuple[RemainingEvidence, ...] = ()
    """What the subject's other records say of consent: it stands as if the ones taken back had never been."""

"""What a record adds to other lists: the campaign that it answers, and the person whom it refers."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.identity.indexing import Indexer
from services.ingest.identity.pointers import point
from services.ingest.records.domain.whom import pairs_of
from services.ingest.records.domain.wire import Record, Referral, ReferralRecord

_is_campaign: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}").fullmatch


def campaign_of(record: Record) -> str | None:
    """The key or id of the campaign that a record is a response to; None where it names none, or nothing like one."""
    given: str | None = getattr(getattr(record, "payload"), "campaign", None)  # noqa: B009 - every kind has one, of its own type
    if given is None:
        return None
    key = given.strip().lower()
    return key if _is_campaign(key) else None


def referred_by(record: Record, indexer: Indexer) -> Sequence[bytes]:
    """The blind indexes of whom a record refers, most telling first; empty for other kinds."""
    if not isinstance(record, ReferralRecord):
        return ()
    payload: Referral = record.payload
    found = point(indexer, pairs_of(payload.referred_identifiers), record.occurred_at.date())
    return [index for _, _, index in found.joining]

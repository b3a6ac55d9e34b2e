"""What a client is told of each record."""

from collections.abc import Sequence

import msgspec

from services.ingest.quarantine.domain import Reason

ACCEPTED, DUPLICATE, CONFLICT, QUARANTINED = "accepted", "duplicate", "conflict", "quarantined"


class Receipt(msgspec.Struct, omit_defaults=True):
    """What became of the record at `index` of the request. `id` is the client's, null where it is no UUID."""

    index: int
    id: str | None
    status: str
    subject_id: str | None = None
    reasons: Sequence[Reason] | None = None


class Receipts(msgspec.Struct):
    """The answer to a batch, in input order."""

    receipts: list[Receipt]


CONTENT_DIFFERS = Reason("content-differs", "/id", "A record of this id is stored with other content.")
ERASED = Reason("subject-erased", "/subject", "The person has been erased; nothing of the record was kept.")


def canonical(raw: bytes) -> bytes:
    """A record's content whatever the order of its members and the white space between them."""
    return msgspec.json.encode(msgspec.json.decode(raw), order="sorted")

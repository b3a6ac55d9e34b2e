"""What an event says about a person (`facts`), and who is who and may be used (`people`). Pure."""

from services.persona.lake.domain.facts import BUCKETS, COLUMNS, Facts, bucket_of, facts_of
from services.persona.lake.domain.people import (
    Merge,
    Standing,
    may_profile,
    person_by_origin,
    standing_of,
)

__all__ = [
    "BUCKETS",
    "COLUMNS",
    "Facts",
    "Merge",
    "Standing",
    "bucket_of",
    "facts_of",
    "may_profile",
    "person_by_origin",
    "standing_of",
]

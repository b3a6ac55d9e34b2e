"""What an event says about a person (`facts`), and who is who (`people`). Pure."""

from services.persona.lake.domain.facts import BUCKETS, COLUMNS, Facts, bucket_of, facts_of
from services.persona.lake.domain.people import Merge, person_by_origin

__all__ = [
    "BUCKETS",
    "COLUMNS",
    "Facts",
    "Merge",
    "bucket_of",
    "facts_of",
    "person_by_origin",
]

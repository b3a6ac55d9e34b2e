"""What others may do with the lake: keep the view of people, ask who may be used, read its state."""

from services.persona.lake.service.people import (
    People,
    allowed_among,
    erased_among,
    may_use,
    see_consents,
    see_merge,
    snapshot,
)
from services.persona.lake.service.reading import LakeState, compact_for_ever, lake_state

__all__ = [
    "LakeState",
    "People",
    "allowed_among",
    "compact_for_ever",
    "erased_among",
    "lake_state",
    "may_use",
    "see_consents",
    "see_merge",
    "snapshot",
]

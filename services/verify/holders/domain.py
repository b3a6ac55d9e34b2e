"""Who holds a number."""

from typing import NamedTuple


class Holder(NamedTuple):
    """Whose number it is, as ingest resolved it; `subject` None: of nobody known."""

    subject: str | None
    blind_index: str | None = None

"""The stages of loading the demo, and who is told how far they are."""

from typing import Protocol

LABELS = {
    "topics": "Chủ đề / Topics",
    "records": "Hồ sơ / Records",
    "mentions": "Lượt nhắc / Mentions",
    "withdrawals": "Rút đồng ý / Withdrawals",
    "facts": "Dữ kiện / Facts",
    "run": "Dựng chân dung / Portraying",
    "personas": "Chân dung / Personas",
}
"""The loader's stages in order, in Vietnamese and English."""


class Watcher(Protocol):
    """Told by the loader of each stage (a key of LABELS): first `begin`, then `reach` with rising amounts up to total."""

    def begin(self, stage: str, total: float) -> None:
        """A stage starts; `total` in its own unit (records, mentions, share of a run, ...)."""

    def reach(self, stage: str, done: float, note: str = "") -> None:
        """So much of the stage is done; `note` says what is going on, free of personal data."""


class Silence:
    """A watcher that says nothing."""

    def begin(self, stage: str, total: float) -> None:
        """Ignored."""

    def reach(self, stage: str, done: float, note: str = "") -> None:
        """Ignored."""

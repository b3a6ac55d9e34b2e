"""HTTP bodies of the keys."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.ingest import moments
from services.ingest.vault.rotation import KeyState


class KeyVersion(BaseModel):
    """A version of the key-encryption key; never the key."""

    version: int = Field(examples=[2])
    made_at: datetime
    retired_at: datetime | None = Field(description="Since when no data key is wrapped by it.")
    forgotten_at: datetime | None = Field(description="When it was destroyed.")


class RotationProgress(BaseModel):
    """How far the wrapping of data keys by the current version has come."""

    state: Literal["running", "done"]
    total: int = Field(description="Data keys when it began.", examples=[120_000])
    moved: int = Field(description="Data keys wrapped anew so far.", examples=[48_000])
    finished_at: datetime | None


class KeysView(BaseModel):
    """The state of the keyring."""

    provider: str = Field(description="file, environment, transit or kms.", examples=["file"])
    current: int = Field(description="The version that wraps new data keys.", examples=[2])
    versions: list[KeyVersion] = Field(description="Oldest first.")
    rotation: RotationProgress
    orphans: int = Field(description="Data keys without data, that will be swept after the grace time.")


def view(state: KeyState) -> KeysView:
    """`state` as clients see it."""
    now = state.current
    return KeysView(
        provider=state.provider,
        current=now.version,
        versions=[
            KeyVersion(
                version=row.version,
                made_at=moments.moment_of(row.made_at),
                retired_at=_moment(row.retired_at),
                forgotten_at=_moment(row.forgotten_at),
            )
            for row in state.versions
        ],
        rotation=RotationProgress(
            state="running" if now.finished_at is None else "done",
            total=max(now.total, now.moved),
            moved=now.moved,
            finished_at=_moment(now.finished_at),
        ),
        orphans=state.orphans,
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else moments.moment_of(stored)

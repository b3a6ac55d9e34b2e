"""HTTP bodies of the quarantine."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.ingest import moments
from services.ingest.quarantine.domain import Sought, State, decode_reasons, masked
from services.ingest.quarantine.service import Shown

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(pattern="^[a-z-]{1,40}$")]


class QuarantineReason(BaseModel):
    """Why a record is not stored."""

    code: str
    pointer: str
    detail: str


class QuarantineItem(BaseModel):
    """A record that waits, masked; or the trace of one that left."""

    id: str
    record_id: str | None
    source: str | None
    kind: str | None
    state: State
    reasons: list[QuarantineReason]
    received_at: datetime
    record: Any = Field(description="As received, with everything personal masked; null once it has left.")
    settled_at: datetime | None = None
    settled_as: str | None = Field(None, description="The record that it became.")


class QuarantinePage(BaseModel):
    """A page of items, oldest first."""

    items: list[QuarantineItem]
    next_cursor: str | None


class QuarantineChange(BaseModel):
    """What somebody did with an item. Hashes are keyed: they tell contents apart and say nothing of them."""

    at: datetime
    by: str = Field(description="The client that asked.")
    action: Literal["released", "corrected", "dismissed", "kept_stored", "kept_incoming"]
    outcome: str
    old_hash: str | None
    new_hash: str | None
    note: str | None


class QuarantineStory(QuarantineItem):
    """An item with what was done to it."""

    changes: list[QuarantineChange]


class Dismissal(BaseModel):
    """Why an item is dropped; personal data in it is redacted."""

    reason: Note = Field(examples=["Test data of the installation."])


class SoughtItems(BaseModel):
    """Which waiting items a job is for."""

    source: str | None = Field(None, max_length=64)
    reason: Code | None = Field(None, examples=["consent-missing"])
    kind: str | None = Field(None, max_length=16)
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")


class NewJob(BaseModel):
    """Release or dismiss many waiting items: those of `ids`, or all that match `filter`."""

    action: Literal["release", "dismiss"]
    ids: list[str] | None = Field(None, min_length=1, max_length=10_000)
    filter: SoughtItems | None = None
    reason: Note | None = Field(None, description="Required to dismiss.")

    def sought(self, ids: tuple[str, ...] | None) -> Sought:
        """As the domain has it."""
        given = self.filter or SoughtItems()
        return Sought(
            source=given.source,
            reason=given.reason,
            kind=given.kind,
            since=micros(given.since),
            until=micros(given.until),
            ids=ids,
        )


class Job(BaseModel):
    """How far a job is, and what became of the items so far."""

    id: str
    action: Literal["release", "dismiss"]
    state: Literal["running", "done"]
    total: int
    done: int
    outcomes: dict[str, int] = Field(
        description="accepted, duplicate, conflict, quarantined (waits on) or dismissed, and how many."
    )
    created_at: datetime
    finished_at: datetime | None


def micros(moment: datetime | None) -> int | None:
    """A time as the tables hold it."""
    return None if moment is None else moments.micros(moment)


def item_view(shown: Shown) -> QuarantineItem:
    """An item as operators see it."""
    return QuarantineItem(**_told(shown))


def story_view(shown: Shown, changes: Any) -> QuarantineStory:
    """An item with its changes."""
    return QuarantineStory(**_told(shown), changes=[_change(row) for row in changes])


def _told(shown: Shown) -> dict[str, Any]:
    row = shown.row
    return {
        "id": row.id,
        "record_id": row.record_id,
        "source": row.source,
        "kind": row.kind,
        "state": row.state,
        "reasons": [
            QuarantineReason(code=one.code, pointer=one.pointer, detail=one.detail)
            for one in decode_reasons(row.reasons)
        ],
        "received_at": moments.moment_of(row.received_at),
        "record": None if shown.clear is None else masked(shown.clear),
        "settled_at": moments.moment_of(row.settled_at) if row.settled_at else None,
        "settled_as": row.settled_as,
    }


def _change(row: Any) -> QuarantineChange:
    return QuarantineChange(
        at=moments.moment_of(row.at),
        by=row.by,
        action=row.action,
        outcome=row.outcome,
        old_hash=bytes(row.old_hash).hex() if row.old_hash else None,
        new_hash=bytes(row.new_hash).hex() if row.new_hash else None,
        note=row.note,
    )


def job_view(row: Any) -> Job:
    """A job as operators see it."""
    return Job(
        id=row.id,
        action=row.action,
        state=row.state,
        total=row.total,
        done=row.done,
        outcomes=msgspec.json.decode(row.outcomes),
        created_at=moments.moment_of(row.created_at),
        finished_at=moments.moment_of(row.finished_at) if row.finished_at else None,
    )

"""HTTP bodies of holds."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from kernel.errors import FieldError, InvalidInput
from kernel.ids import new_id
from kernel.privacy.redaction import redact
from services.ingest import moments
from services.ingest.holds.domain import KINDS, Hold, unknown_fields


class NewHold(BaseModel):
    """A hold to impose."""

    reason: str = Field(
        min_length=3,
        max_length=500,
        description="In words; what names or reaches a person is taken out of it.",
        examples=["Hoá đơn chờ quyết toán thuế 2026"],
    )
    legal_basis: str = Field(
        min_length=3,
        max_length=500,
        description="The law that demands it.",
        examples=["Luật Kế toán 88/2015/QH13, điều 41"],
    )
    kinds: list[str] = Field(
        min_length=1, description="Kinds of records to keep.", examples=[["transaction"]]
    )
    fields: list[str] = Field(
        [],
        max_length=60,
        description="Identifiers and attributes to keep of the person in them; none: the records whole.",
        examples=[["full_name", "tax_code"]],
    )
    until: AwareDatetime = Field(description="When it ends by itself.")

    def hold(self, subject: str, client: str) -> Hold:
        """The hold that this asks for. Raises InvalidInput."""
        now = moments.now()
        errors = [
            FieldError(f"/kinds/{place}", f"One of {', '.join(KINDS)}.")
            for place, kind in enumerate(self.kinds)
            if kind not in KINDS
        ]
        errors += [
            FieldError(f"/fields/{place}", "There is no such field.") for place in unknown_fields(self.fields)
        ]
        if moments.micros(self.until) <= now:
            errors.append(FieldError("/until", "It must end in the future."))
        if errors:
            raise InvalidInput("The hold cannot be imposed as it is.", errors=errors)
        return Hold(
            id=new_id(),
            subject_id=subject,
            reason=redact(self.reason).text,
            legal_basis=redact(self.legal_basis).text,
            kinds=tuple(dict.fromkeys(self.kinds)),
            fields=tuple(dict.fromkeys(self.fields)),
            until=moments.micros(self.until),
            created_at=now,
            created_by=client,
        )


class HoldView(BaseModel):
    """A hold as it stands."""

    id: str
    subject_id: str
    reason: str
    legal_basis: str
    kinds: list[str]
    fields: list[str]
    until: datetime
    created_at: datetime
    created_by: str
    released_at: datetime | None
    records: int = Field(description="Records of which it keeps a part, or all.")


class HoldList(BaseModel):
    """All holds on a person; there are few, so one page holds them."""

    items: list[HoldView]
    next_cursor: str | None = None


class HeldRecord(BaseModel):
    """What a hold keeps of one record, in clear."""

    record_id: str
    source: str
    kind: str
    occurred_at: datetime
    record: Any


class HeldPage(BaseModel):
    """A page of held records."""

    items: list[HeldRecord]
    next_cursor: str | None


class HeldBody(BaseModel):
    """A grant for the purpose `legal` that names the hold."""

    grant: str
    limit: int = Field(50, ge=1, le=1000)
    cursor: str | None = None


def view(hold: Hold, records: int) -> HoldView:
    """`hold` as clients see it."""
    return HoldView(
        id=hold.id,
        subject_id=hold.subject_id,
        reason=hold.reason,
        legal_basis=hold.legal_basis,
        kinds=list(hold.kinds),
        fields=list(hold.fields),
        until=moments.moment_of(hold.until),
        created_at=moments.moment_of(hold.created_at),
        created_by=hold.created_by,
        released_at=None if hold.released_at is None else moments.moment_of(hold.released_at),
        records=records,
    )

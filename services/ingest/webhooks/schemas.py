"""HTTP bodies of hooks."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field, StringConstraints

from kernel.errors import FieldError, InvalidInput
from services.ingest import moments
from services.ingest.webhooks.domain.hooks import HookConsent, HookSettings, HookType, Secrets
from services.ingest.webhooks.domain.mapping import Recipe
from services.ingest.webhooks.service import Told

Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]

_MAPPING_EXAMPLE: dict[str, Any] = {
    "topic": "/type",
    "rules": [
        {
            "topics": ["booking.made"],
            "kind": "attendance",
            "channel": "event",
            "id": "/data/id",
            "version": ["/data/updated_at"],
            "fields": {
                "occurred_at": {"at": ["/data/created_at"], "as": "moment"},
                "subject.identifiers.phone": {"at": ["/data/phone"]},
                "payload.event_name": {"at": ["/data/workshop"]},
            },
        }
    ],
}


class HookConsentBody(BaseModel):
    """The consent that people gave before the provider sends what they did."""

    notice: Word
    version: int = Field(ge=1)
    purposes: list[Word] = Field(max_length=16)
    method: Word = Field(
        "default",
        description="`default` stands for a standing consent and never revives a withdrawn purpose; `form` where each"
        " delivery is an act of the person, as with lead forms.",
    )


class NewHook(BaseModel):
    """A hook to register."""

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", examples=["haravan-shop"])
    type: HookType
    secret: str = Field("", max_length=500, description="The provider's signing secret; empty: one is made.")
    verify_token: str = Field(
        "", max_length=200, description="What Meta and Haravan repeat when they subscribe."
    )
    consent: HookConsentBody | None = None
    basis: str | None = Field(None, pattern="^(contract|legal_obligation)$")
    mapping: dict[str, Any] | None = Field(
        None,
        description="Required for `standard`; for a provider instead of its preset.",
        examples=[_MAPPING_EXAMPLE],
    )
    checkboxes: dict[Word, list[Word]] = Field(
        {}, max_length=20, description="Consent boxes of a lead form to the purposes that they agree to."
    )
    fields: dict[Word, Word] = Field(
        {},
        max_length=50,
        description="Questions of a lead form to subject.identifiers.* or subject.attributes.*.",
    )
    campaign: Word | None = None

    def settings(self) -> HookSettings:
        """As the domain has it. Raises InvalidInput where the mapping is not of the documented form."""
        given = self.consent
        return HookSettings(
            HookConsent(given.notice, given.version, tuple(given.purposes), given.method) if given else None,
            self.basis,
            _recipe(self.mapping) if self.mapping is not None else None,
            {key: tuple(purposes) for key, purposes in self.checkboxes.items()},
            {name.lower(): field for name, field in self.fields.items()},
            self.campaign,
        )

    def secrets(self) -> Secrets:
        """What is sealed."""
        return Secrets(self.secret, self.verify_token)


def _recipe(mapping: dict[str, Any]) -> Recipe:
    try:
        return msgspec.convert(mapping, Recipe)
    except (msgspec.ValidationError, RecursionError) as error:
        errors = [FieldError("/mapping", str(error)[:200])]
        raise InvalidInput("The mapping is not of the documented form.", errors=errors) from None


class HookMade(BaseModel):
    """A registered hook; the secret is shown this once."""

    id: str
    url: str = Field(description="Where the provider sends to, below the gateway's address.")
    type: HookType
    source: str
    secret: str | None = Field(None, description="Where it was made here.")


class HookView(BaseModel):
    """A hook and what became of what it brought."""

    id: str
    url: str
    type: HookType
    source: str
    created_at: datetime
    settings: dict[str, Any]
    counts: dict[str, int] = Field(
        description="Deliveries by `received`, `refused`, `unknown_topic`, `lead`, `stale` (an earlier state that came late); records by `accepted`, `duplicate`,"
        " `conflict`, `quarantined`; `lost` leads that the provider no longer had."
    )
    last_at: datetime | None
    waiting: int = Field(description="Leads and pages that are still to be fetched.")
    trouble: str | None = Field(description="Why they wait, in one word.")


class HookPage(BaseModel):
    """A page of hooks, oldest first."""

    items: list[HookView]
    next_cursor: str | None


class CatchUp(BaseModel):
    """Fetch what a lead form collected, also before the hook was there."""

    form_id: str = Field(pattern="^[0-9]{1,32}$")
    since: datetime | None = None


class CatchingUp(BaseModel):
    """It is on its way; the hook's `waiting` and `counts` tell how far it is."""

    id: str


class Received(BaseModel):
    """What became of a delivery."""

    records: dict[str, int]
    leads: int
    unknown: int


def view(told: Told) -> HookView:
    """A hook as operators see it; never its secrets."""
    row = told.row
    return HookView(
        id=row.id,
        url=path_of(row.id),
        type=row.type,
        source=row.source,
        created_at=moments.moment_of(row.created_at),
        settings=msgspec.to_builtins(told.settings),
        counts=dict(told.counts),
        last_at=moments.moment_of(told.last_at) if told.last_at else None,
        waiting=told.waiting,
        trouble=told.trouble,
    )


def path_of(key: str) -> str:
    """Where a hook's deliveries go."""
    return f"/v1/hooks/{key}"

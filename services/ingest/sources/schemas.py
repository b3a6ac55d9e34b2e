"""HTTP bodies of sources."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.ingest import moments
from services.ingest.sources.domain import DefaultConsent, Source


class DefaultConsentBody(BaseModel):
    """The consent given before the source's SDK is loaded."""

    notice: str
    version: int = Field(ge=1)
    purposes: list[str] = Field(min_length=1)


class NewSource(BaseModel):
    """A source to register."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", examples=["pos-hcm-01"])
    name: str = Field("", max_length=200)
    default_consent: DefaultConsentBody | None = None
    vouches: bool = Field(
        False,
        description="It knows whom it serves: staff who look, a login. Only then its records may give consents and"
        " identifiers to people who proved to hold their phone. Never for a public form or a site's write key.",
    )

    def consent(self) -> DefaultConsent | None:
        """The default consent as the domain has it."""
        given = self.default_consent
        return DefaultConsent(given.notice, given.version, tuple(given.purposes)) if given else None


class SourceView(BaseModel):
    """A source as it stands."""

    key: str
    name: str
    default_consent: DefaultConsentBody | None
    vouches: bool
    created_at: datetime


class SourceList(BaseModel):
    """All sources; there are few, so one page holds them."""

    items: list[SourceView]
    next_cursor: str | None = None


def view(source: Source) -> SourceView:
    """`source` as clients see it."""
    given = source.default_consent
    consent = (
        DefaultConsentBody(notice=given.notice, version=given.version, purposes=list(given.purposes))
        if given
        else None
    )
    return SourceView(
        key=source.key,
        name=source.name,
        default_consent=consent,
        vouches=source.vouches,
        created_at=moments.moment_of(source.created_at),
    )

"""HTTP bodies of the clients' doors."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]


Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$", max_length=300)]


Texts = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=200)]
Rate = Annotated[str, Field(max_length=40, examples=["600/minute"])]


class Limits(BaseModel):
    """What a client's contract says beside scopes and purposes. Absent in a new client: no bound of its own."""

    model_config = ConfigDict(extra="forbid")

    fields: Texts | None = Field(None, description="Fields it may read; null: any that the policies show.")
    valid_from: AwareDatetime | None = Field(None, description="Nothing is answered before.")
    valid_until: AwareDatetime | None = Field(None, description="Nothing is answered from then on.")
    addresses: Texts | None = Field(
        None, description="Addresses and networks it asks from; null: any.", examples=[["203.0.113.0/24"]]
    )
    origins: Annotated[list[Origin], Field(max_length=100)] | None = Field(
        None, description="Web origins whose pages may call with its tokens (CORS)."
    )
    rate: Rate | None = Field(None, description="Its quota; null: the platform's.")
    at_once: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None, description="Requests it may have under way; null: the platform's."
    )


class NewClient(Limits):
    """A client to be registered; it gets no scope and no purpose that its maker lacks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "loyalty-app",
                    "type": "partner",
                    "scopes": ["subjects:read"],
                    "purposes": ["marketing"],
                    "fields": ["full_name", "phone"],
                }
            ]
        },
    )

    name: Name
    type: Literal["collector", "partner", "internal", "operator", "privacy_officer"]
    scopes: list[str] = Field(max_length=50)
    purposes: list[str] = Field(max_length=20)
    source: str | None = Field(None, max_length=100, description="The source that its write key stands for.")


class ClientChange(Limits):
    """What changes in a client's record; what is not named stays as it is, null takes a bound away."""

    name: Name | None = None
    scopes: list[str] | None = Field(None, max_length=50)
    purposes: list[str] | None = Field(None, max_length=20)


class NewSecret(BaseModel):
    """How a client's secret is replaced."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(24, ge=0, le=720, description="How long the secret before stays good as well.")


class RotatedSecret(BaseModel):
    """A client's new secret, shown this once."""

    client_id: str
    client_secret: str
    former_until: datetime


class SigningKey(BaseModel):
    """A key that tokens, receipts and certificates are checked with."""

    kid: str
    signs: bool = Field(description="Whether it signs what is made now; the others only check.")


class SigningKeyList(BaseModel):
    """The keys, oldest first."""

    items: list[SigningKey]
    next_cursor: None = None


class ClientCredentials(BaseModel):
    """The secrets of a new client: shown this once."""

    client_id: str
    client_secret: str
    write_key: str | None = None


class Client(BaseModel):
    """A client as an administrator sees it."""

    client_id: str
    name: str
    type: str
    scopes: list[str]
    purposes: list[str]
    fields: list[str] | None
    source: str | None
    created_at: datetime
    valid_from: datetime | None
    valid_until: datetime | None
    addresses: list[str] | None
    origins: list[str] | None
    rate: str | None
    at_once: int | None
    sandbox_of: str | None
    closed_at: datetime | None
    former_until: datetime | None = Field(description="Until when the secret before is good as well.")


class ClientPage(BaseModel):
    """Clients by id."""

    items: list[Client]
    next_cursor: str | None


class NewWriteKey(BaseModel):
    """A write key for a source's sites, apps and servers."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"source": "shop", "name": "web shop", "origins": ["https://shop.example"]}]
        },
    )

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="The source of what it collects.")
    name: str = Field("", max_length=200)
    origins: list[Origin] | None = Field(
        None, max_length=100, description="Web origins whose pages may use it; absent: any."
    )


class WriteKey(BaseModel):
    """A write key as an administrator sees it."""

    id: str
    name: str
    source: str | None
    origins: list[str] | None
    created_at: str
    revoked_at: str | None


class MadeWriteKey(WriteKey):
    """A new write key: the key itself is shown this once."""

    write_key: str


class WriteKeyPage(BaseModel):
    """Write keys by id."""

    items: list[WriteKey]
    next_cursor: str | None


class TokenAnswer(BaseModel):
    """An access token (RFC 6749)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class NewSession(BaseModel):
    """Somebody who signs in."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200, examples=["operator"])
    password: str = Field(max_length=1_000)
    code: str = Field("", max_length=10, description="The code of the authenticator app.")
    enrol: bool = Field(False, description="Join an authenticator app, also where none is asked for.")


class SessionAnswer(TokenAnswer):
    """An access token of the client that the account acts as."""

    client_id: str

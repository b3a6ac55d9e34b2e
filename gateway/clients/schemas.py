"""HTTP bodies of the clients' doors."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]


class NewClient(BaseModel):
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
    fields: list[str] | None = Field(None, max_length=200, description="Fields it may read; absent: any.")
    source: str | None = Field(None, max_length=100, description="The source that its write key stands for.")


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
    created_at: str


class ClientPage(BaseModel):
    """Clients by id."""

    items: list[Client]
    next_cursor: str | None


Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$", max_length=300)]


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

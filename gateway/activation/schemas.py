"""HTTP bodies of webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Types = Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=50)]
MessageState = Literal["waiting", "delivered", "failed"]


class NewWebhook(BaseModel):
    """Where to tell of what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"url": "https://crm.example/chandung", "types": ["consent.changed", "subject.erased"]}
            ]
        },
    )

    url: str = Field(max_length=2_000, description="An https address that is reached from the internet.")
    types: Types = Field(description="What is told; `GET /v1/webhook-types` lists them.")


class WebhookChange(BaseModel):
    """What changes; what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(None, max_length=2_000)
    types: Types | None = None
    state: Literal["open", "disabled"] | None = Field(
        None, description="`open` sends what waited while it was disabled."
    )


class WebhookView(BaseModel):
    """A destination as its client sees it."""

    id: str
    url: str
    types: list[str]
    state: Literal["open", "disabled"]
    trouble: str | None = Field(
        description="Why the last message was not taken: a status, `unreachable`, `address-refused`, `gone`, `queue-full`."
    )
    failures: int = Field(description="Failed tries in a row.")
    dropped: int = Field(description="Messages for which the queue of 10,000 had no room.")
    created_at: datetime
    former_until: datetime | None = Field(description="Until when the secret before signs as well.")


class MadeWebhook(WebhookView):
    """A new destination; its secret is shown this once."""

    secret: str = Field(description="Checks signatures, as Standard Webhooks has it.", examples=["whsec_..."])


class WebhookPage(BaseModel):
    """A client's destinations by id."""

    items: list[WebhookView]
    next_cursor: str | None


class WebhookSecret(BaseModel):
    """A new secret, shown this once."""

    secret: str
    former_until: datetime


class WebhookType(BaseModel):
    """A kind of message."""

    type: str
    scope: str | None = Field(description="What the client must hold to be told.")
    description: str


class WebhookTypeList(BaseModel):
    """Every kind of message."""

    items: list[WebhookType]
    next_cursor: None = None


class TestMessage(BaseModel):
    """Which invented message to send."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("webhook.test", max_length=60)


class Enqueued(BaseModel):
    """A message that is on its way."""

    id: str


class Replay(BaseModel):
    """What to send once more."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime = Field(description="Messages that came from then on (they are kept for 14 days).")
    states: list[MessageState] = Field(["failed"], max_length=3)


class Replayed(BaseModel):
    """How many messages are sent once more."""

    count: int


class MessageView(BaseModel):
    """A message and what became of it."""

    id: str = Field(description="The `webhook-id` that it carries, the same for each try.")
    type: str
    state: MessageState
    tries: int
    answer: str | None = Field(description="The last status, or why none came.")
    next_at: datetime | None = Field(description="When it is tried next.")
    created_at: datetime
    ended_at: datetime | None
    message: dict[str, Any] = Field(description="What is sent.")


class MessagePage(BaseModel):
    """Messages, the newest first."""

    items: list[MessageView]
    next_cursor: str | None

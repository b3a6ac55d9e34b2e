"""Any other carrier: our signed request to a URL of the operator's, and its signed reports back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent
from services.verify.senders.signing import HEADER, mind_signature, sign
from services.verify.senders.wire import ask

if TYPE_CHECKING:
    import httpx2


class _Report(msgspec.Struct):
    key: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """POSTs `{"key", "channel", "to", "locale", "text", "code"}`; the other side drops a `key` that it knows."""

    client: "httpx2.AsyncClient"
    url: str
    secret: str = field(repr=False)
    prices: Mapping[Channel, int]
    name: str = "webhook"
    channels: Sequence[Channel] = ("sms", "voice", "zalo")
    idempotent: bool = True
    reports: bool = True

    def price_vnd(self, channel: Channel) -> int:
        """As the settings say."""
        return self.prices[channel]

    async def send(self, message: CodeMessage) -> str:
        """The `reference` that the other side gave, else our key. Raises NotSent or Unclear."""
        named = ("key", "channel", "to", "locale", "text", "code")
        body = msgspec.json.encode({name: getattr(message, name) for name in named})
        headers = {HEADER: sign(self.secret, body, datetime.now(UTC)), "idempotency-key": message.key}
        answer = await ask(self.client, "POST", self.url, content=body, headers=headers)
        if answer.get("accepted") is False:
            raise NotSent("refused", of_message=True)
        return str(answer.get("reference") or message.key)

    async def balance_vnd(self) -> int | None:
        """Not asked for."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """`{"key", "status": "delivered"|"failed", "reason"?}`. Raises Untrusted or ValueError."""
        mind_signature(self.secret, callback.body, callback.headers.get(HEADER), callback.now)
        report = msgspec.json.decode(callback.body, type=_Report)
        if report.status not in ("delivered", "failed"):
            return []
        return [Delivery(report.key, None, report.status == "delivered", report.reason[:40])]

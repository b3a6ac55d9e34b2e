"""Zalo Notification Service: messages by approved templates to numbers that use Zalo, with signed events."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from services.verify.senders.port import (
    Callback,
    Channel,
    CodeMessage,
    Delivery,
    Locale,
    NotSent,
    Unclear,
    Untrusted,
)
from services.verify.senders.wire import ask

if TYPE_CHECKING:
    import httpx2

_REASONS: Final = {
    -108: "number",
    -109: "template",
    -110: "outdated-app",
    -111: "template-data",
    -112: "template-data",
    -114: "inactive-user",
    -115: "balance",
    -117: "template",
    -118: "no-zalo-account",
    -119: "account-cannot-receive",
    -124: "authentication",
    -126: "balance",
    -133: "quiet-hours",
    -139: "declined-by-user",
    -140: "declined-by-user",
    -144: "quota",
}
_OF_MESSAGE: Final = frozenset(
    {
        "number",
        "outdated-app",
        "inactive-user",
        "no-zalo-account",
        "account-cannot-receive",
        "declined-by-user",
    }
)
_UNKNOWN: Final = -100


@dataclass(frozen=True, slots=True)
class ZnsSender:
    """Zalo messages; the template of each locale takes the parameters `otp` and `until`.

    ZNS keeps `tracking_id` with a message but does not promise to drop a second one: it is sent at most once.
    """

    client: "httpx2.AsyncClient"
    access_token: str = field(repr=False)
    templates: Mapping[Locale, str]
    zalo_vnd: int
    app_id: str = ""
    oa_secret: str = field(default="", repr=False)
    """The OA's secret key, which signs the events; without it none is believed."""
    base_url: str = "https://business.openapi.zalo.me"
    name: str = "zns"
    channels: Sequence[Channel] = ("zalo",)
    idempotent: bool = False

    @property
    def reports(self) -> bool:
        """Where its events can be checked."""
        return bool(self.oa_secret)

    def price_vnd(self, channel: Channel) -> int:
        """As agreed with Zalo."""
        return self.zalo_vnd

    async def send(self, message: CodeMessage) -> str:
        """Zalo's msg_id. Raises NotSent or Unclear."""
        template = self.templates.get(message.locale) or self.templates["vi"]
        body = {
            "phone": message.to.removeprefix("+"),
            "template_id": template,
            "template_data": {"otp": message.code, "until": message.until},
            "tracking_id": message.key,
        }
        answer = await ask(
            self.client,
            "POST",
            f"{self.base_url}/message/template",
            content=msgspec.json.encode(body),
            headers={"access_token": self.access_token},
        )
        code = int(answer.get("error", _UNKNOWN))
        if code == 0:
            return str((answer.get("data") or {}).get("msg_id", ""))
        if code == _UNKNOWN:
            raise Unclear("unknown-error")
        reason = _REASONS.get(code, f"code{code}")
        raise NotSent(reason, of_message=reason in _OF_MESSAGE)

    async def balance_vnd(self) -> int | None:
        """Zalo tells a quota, no balance."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """A message that a phone received; other events tell nothing. Raises Untrusted or ValueError."""
        event = msgspec.json.decode(callback.body, type=dict[str, Any])
        self._mind_mac(callback, str(event.get("timestamp", "")))
        if event.get("event_name") != "user_received_message":
            return []
        message = event.get("message") or {}
        return [Delivery(message.get("tracking_id"), message.get("msg_id"), delivered=True)]

    def _mind_mac(self, callback: Callback, timestamp: str) -> None:
        signed = (self.app_id + callback.body.decode() + timestamp + self.oa_secret).encode()
        given = callback.headers.get("x-zevent-signature", "").removeprefix("mac=")
        expected = hashlib.sha256(signed).hexdigest()
        if not self.oa_secret or not hmac.compare_digest(expected.encode(), given.encode()):
            raise Untrusted

"""Twilio's Messages API: for numbers that no Vietnamese carrier serves, and as a last resort."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent, Untrusted
from services.verify.senders.wire import ask

if TYPE_CHECKING:
    import httpx2

_ENDED: Final = {"delivered": True, "undelivered": False, "failed": False, "canceled": False}


@dataclass(frozen=True, slots=True)
class TwilioSender:
    """Text messages through Twilio. It drops no repetition: sent at most once."""

    client: "httpx2.AsyncClient"
    account: str
    token: str = field(repr=False)
    source: str
    sms_vnd: int
    callback_url: str = ""
    base_url: str = "https://api.twilio.com"
    name: str = "twilio"
    channels: Sequence[Channel] = ("sms",)
    idempotent: bool = False

    @property
    def reports(self) -> bool:
        """Where it knows where to."""
        return bool(self.callback_url)

    def price_vnd(self, channel: Channel) -> int:
        """As the settings say."""
        return self.sms_vnd

    async def send(self, message: CodeMessage) -> str:
        """Twilio's message SID. Raises NotSent or Unclear."""
        sender = "MessagingServiceSid" if self.source.startswith("MG") else "From"
        form = {"To": message.to, sender: self.source, "Body": message.text}
        if self.callback_url:
            form["StatusCallback"] = self._status_url(message.key)
        answer = await ask(
            self.client,
            "POST",
            f"{self.base_url}/2010-04-01/Accounts/{self.account}/Messages.json",
            content=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            auth=(self.account, self.token),
        )
        if answer.get("error_code"):
            raise NotSent(f"code-{answer['error_code']}", of_message=True)
        return str(answer.get("sid", ""))

    async def balance_vnd(self) -> int | None:
        """Kept in another currency."""
        return None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """The end of a message; X-Twilio-Signature is over the address and the sorted form. Raises Untrusted."""
        form = parse_qsl(callback.body.decode(), keep_blank_values=True)
        key = callback.query.get("s", "")
        signed = self._status_url(key) + "".join(name + value for name, value in sorted(form))
        expected = b64encode(hmac.digest(self.token.encode(), signed.encode(), "sha1"))
        if not hmac.compare_digest(expected, callback.headers.get("x-twilio-signature", "").encode()):
            raise Untrusted
        told = dict(form)
        ended = _ENDED.get(told.get("MessageStatus", ""))
        if ended is None:
            return []
        code = told.get("ErrorCode", "")
        return [Delivery(key, told.get("MessageSid"), ended, f"code-{code}" if code.isdigit() else "")]

    def _status_url(self, key: str) -> str:
        return f"{self.callback_url}/twilio?s={key}"

"""eSMS (esms.vn): brandname text messages. Drops a repeated RequestId, and reports by an unsigned GET."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent, Unclear
from services.verify.senders.signing import mind_token, token_of
from services.verify.senders.wire import ask

if TYPE_CHECKING:
    import httpx2

CARE: Final = "2"
"""SmsType of customer care, which codes belong to; it needs a registered brandname."""
_REASONS: Final = {
    "99": "unknown-error",
    "100": "",
    "101": "authentication",
    "102": "account-blocked",
    "103": "balance",
    "104": "brandname",
    "118": "message-type",
    "119": "brandname",
    "131": "too-long",
    "146": "template",
}
_DUPLICATE: Final = "124"
"""This RequestId was taken before: our message is already on its way."""
_OF_MESSAGE: Final = frozenset({"too-long", "template"})
_ENDED: Final = {"4": False, "5": True}
"""SendStatus: rejected, sent to the end; others are on the way."""


@dataclass(frozen=True, slots=True)
class EsmsSender:
    """Text messages through eSMS; `callback_url` is our open door, `callback_key` what authenticates its reports."""

    client: "httpx2.AsyncClient"
    api_key: str
    secret_key: str = field(repr=False)
    brandname: str
    sms_vnd: int
    base_url: str = "https://rest.esms.vn"
    callback_url: str = ""
    callback_key: str = field(default="", repr=False)
    sandbox: bool = False
    name: str = "esms"
    channels: Sequence[Channel] = ("sms",)
    idempotent: bool = True

    @property
    def reports(self) -> bool:
        """Where it knows where to."""
        return bool(self.callback_url)

    def price_vnd(self, channel: Channel) -> int:
        """As agreed with the carrier."""
        return self.sms_vnd

    async def send(self, message: CodeMessage) -> str:
        """eSMS's SMSID. Raises NotSent or Unclear."""
        body = {
            "ApiKey": self.api_key,
            "SecretKey": self.secret_key,
            "Brandname": self.brandname,
            "SmsType": CARE,
            "Phone": "0" + message.to.removeprefix("+84"),
            "Content": message.text,
            "IsUnicode": "0" if message.text.isascii() else "1",
            "RequestId": message.key,
            "Sandbox": "1" if self.sandbox else "0",
            "CallbackUrl": self._report_to(message.key),
        }
        url = f"{self.base_url}/MainService.svc/json/SendMultipleMessage_V4_post_json/"
        answer = await ask(self.client, "POST", url, content=msgspec.json.encode(body))
        code = str(answer.get("CodeResult", ""))
        if code in ("100", _DUPLICATE):
            return str(answer.get("SMSID") or message.key)
        if code == "99" or not code:
            raise Unclear("unknown-error")
        reason = _REASONS.get(code, f"code-{code}" if code.isdigit() else "refused")
        raise NotSent(reason, of_message=reason in _OF_MESSAGE)

    async def balance_vnd(self) -> int | None:
        """What the account holds."""
        body = msgspec.json.encode({"ApiKey": self.api_key, "SecretKey": self.secret_key})
        answer = await ask(
            self.client, "POST", f"{self.base_url}/MainService.svc/json/GetBalance_json", content=body
        )
        return int(float(answer["Balance"])) if "Balance" in answer else None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """The end of one message; reports of a message still on its way tell nothing. Raises Untrusted."""
        key = callback.query.get("s", "")
        mind_token(self.callback_key, f"esms:{key}", callback.query.get("k"))
        ended = _ENDED.get(callback.query.get("SendStatus", ""))
        if ended is None:
            return []
        delivered = ended and callback.query.get("SendSuccess", "0") not in ("", "0")
        return [Delivery(key, callback.query.get("SMSID"), delivered, "" if delivered else "undelivered")]

    def _report_to(self, key: str) -> str:
        if not self.callback_url:
            return ""
        return f"{self.callback_url}/esms?s={key}&k={token_of(self.callback_key, f'esms:{key}')}"

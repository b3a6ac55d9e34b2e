"""SpeedSMS: brandname text messages and calls. It drops no repetition; its reports are not signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from services.verify.senders.port import Callback, Channel, CodeMessage, Delivery, NotSent, Unclear
from services.verify.senders.signing import mind_token
from services.verify.senders.wire import ask

if TYPE_CHECKING:
    import httpx2

BRANDNAME: Final = 3
_REASONS: Final = {
    "007": "address-locked",
    "008": "account-blocked",
    "009": "account-not-allowed",
    "101": "parameters",
    "105": "number",
    "110": "encoding",
    "113": "too-long",
    "300": "balance",
}
_OF_MESSAGE: Final = frozenset({"number", "too-long", "encoding"})
_REFUSED_FROM: Final = 64
"""A report's status: 0 delivered, below this still tried, from this on failed for good (as SMPP's TP-Status)."""


@dataclass(frozen=True, slots=True)
class SpeedSmsSender:
    """Text messages and calls through SpeedSMS; reports come to `<callback_url>/speedsms?k=<our word>`."""

    client: "httpx2.AsyncClient"
    token: str = field(repr=False)
    brandname: str
    prices: Mapping[Channel, int]
    base_url: str = "https://api.speedsms.vn"
    callback_key: str = field(default="", repr=False)
    reports: bool = False
    name: str = "speedsms"
    channels: Sequence[Channel] = ("sms", "voice")
    idempotent: bool = False

    def price_vnd(self, channel: Channel) -> int:
        """As agreed with the carrier."""
        return self.prices[channel]

    async def send(self, message: CodeMessage) -> str:
        """SpeedSMS's tranId. Raises NotSent or Unclear."""
        to = message.to.removeprefix("+")
        if message.channel == "voice":
            path, body = "/index.php/voice/otp", {"to": to, "content": message.code}
        else:
            path = "/index.php/sms/send"
            body = {"to": [to], "content": message.text, "sms_type": BRANDNAME, "sender": self.brandname}  # type: ignore[dict-item]  # JSON of mixed values
        answer = await self._ask("POST", path, msgspec.json.encode(body))
        code = str(answer.get("code", ""))
        if answer.get("status") == "success":
            return str((answer.get("data") or {}).get("tranId", ""))
        if code == "500" or not code:
            raise Unclear("unknown-error")
        reason = _REASONS.get(code, f"code-{code}" if code.isdigit() else "refused")
        raise NotSent(reason, of_message=reason in _OF_MESSAGE)

    async def balance_vnd(self) -> int | None:
        """What the account holds, where it is kept in VND."""
        answer = await self._ask("GET", "/index.php/user/info")
        account = answer.get("data") or answer
        return int(account["balance"]) if account.get("currency") == "VND" else None

    def deliveries(self, callback: Callback) -> list[Delivery]:
        """The end of a message; what is still tried tells nothing. Raises Untrusted or ValueError."""
        mind_token(self.callback_key, "speedsms", callback.query.get("k"))
        report = msgspec.json.decode(callback.body, type=dict[str, Any])
        status = int(report.get("status", -1))
        if report.get("type") != "report" or 0 < status < _REFUSED_FROM or status < 0:
            return []
        return [
            Delivery(None, str(report.get("tranId", "")), status == 0, "" if status == 0 else "undelivered")
        ]

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> dict[str, Any]:
        return await ask(self.client, method, self.base_url + path, content=content, auth=(self.token, "x"))

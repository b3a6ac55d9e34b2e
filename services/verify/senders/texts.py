"""What people read: free of advertising (Decree 91/2020), one segment of a Unicode text message (70 characters)."""

from datetime import datetime, timedelta, timezone
from typing import Final

from services.verify.senders.port import Channel, Locale

_VIETNAM: Final = timezone(timedelta(hours=7))

TEXTS: Final[dict[Locale, str]] = {
    "vi": "{code} là mã xác thực, dùng đến {until}. Đừng đưa mã này cho ai.",
    "en": "{code} is your code, valid until {until}. Never share it.",
}
SPOKEN: Final[dict[Locale, str]] = {
    "vi": "Mã xác thực của bạn là: {digits}. Xin nhắc lại: {digits}. Đừng đưa mã này cho ai.",
    "en": "Your verification code is: {digits}. Again: {digits}. Never share it.",
}


def write_text(channel: Channel, locale: Locale, code: str, expires_at: datetime) -> str:
    """The text of a code. It names the minute at which the code ends, so that it stays true when sent again."""
    until = expires_at.astimezone(_VIETNAM).strftime("%H:%M")
    template = SPOKEN[locale] if channel == "voice" else TEXTS[locale]
    return template.format(code=code, digits=", ".join(code), until=until)

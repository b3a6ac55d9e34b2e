"""What people read: free of advertising (Decree 91/2020), one segment of a Unicode text message (70 characters)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from services.verify.senders.port import Channel, Locale

_VIETNAM: Final = timezone(timedelta(hours=7))
_LONGEST: Final = {True: 160, False: 70}
"""Characters of one segment: GSM letters alone, or Unicode."""

TEXTS: Final[dict[Locale, str]] = {
    "vi": "{code} là mã xác thực, dùng đến {until}. Đừng đưa mã này cho ai.",
    "en": "{code} is your code, valid until {until}. Never share it.",
}
SPOKEN: Final[dict[Locale, str]] = {
    "vi": "Mã xác thực của bạn là: {digits}. Xin nhắc lại: {digits}. Đừng đưa mã này cho ai.",
    "en": "Your verification code is: {digits}. Again: {digits}. Never share it.",
}
ADVERTISING: Final = re.compile(
    r"https?:|www\.|khuyến mãi|khuyen mai|giảm giá|giam gia|ưu đãi|uu dai|quà tặng|qua tang|mua ngay"
    r"|\b(?:sale|discount|promo|voucher|offer|free gift|buy now)\b|\[QC\]",
    re.IGNORECASE,
)

Templates = Mapping[str, str]
"""Approved texts by `<sender>.<locale>`; a sender without one uses TEXTS."""


def mind_templates(templates: Templates) -> None:
    """Raises ValueError where a text cannot be sent: without code, too long for one segment, or advertising."""
    for name, text in templates.items():
        if not re.fullmatch(r"[a-z]+\.(vi|en)", name):
            raise ValueError(f"OTP_TEMPLATES: {name!r} is no <sender>.<vi|en>.")
        try:
            shown = text.format(code="1" * 8, until="23:59")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"OTP_TEMPLATES: {name} may hold {{code}} and {{until}} only.") from error
        if "{code}" not in text:
            raise ValueError(f"OTP_TEMPLATES: {name} lacks {{code}}.")
        if len(shown) > _LONGEST[shown.isascii()]:
            raise ValueError(f"OTP_TEMPLATES: {name} is longer than one message.")
        if ADVERTISING.search(text):
            raise ValueError(f"OTP_TEMPLATES: {name} advertises; a code's text must not.")


def write_text(
    channel: Channel,
    locale: Locale,
    code: str,
    expires_at: datetime,
    *,
    sender: str = "",
    templates: Templates | None = None,
) -> str:
    """The text of a code. It names the minute at which the code ends, so that it stays true when sent again."""
    written = (templates or {}).get(f"{sender}.{locale}") or TEXTS[locale]
    template = SPOKEN[locale] if channel == "voice" else written
    return template.format(code=code, digits=", ".join(code), until=minute_of(expires_at))


def minute_of(moment: datetime) -> str:
    """HH:MM in Vietnam."""
    return moment.astimezone(_VIETNAM).strftime("%H:%M")

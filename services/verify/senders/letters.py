"""Invitations as people read them: in their language, with who asks, the link, and how to hear no more."""

import re
from collections.abc import Mapping
from typing import Final

from services.verify.senders.port import Locale
from services.verify.senders.texts import ADVERTISING

LETTERS: Final[Mapping[str, str]] = {
    "vi.subject": "{business} xin ý kiến của bạn về dữ liệu cá nhân",
    "vi.text": "Chào bạn,\n\n{business} đang giữ thông tin liên hệ của bạn và xin bạn cho biết được dùng vào việc gì. "
    "Đọc và chọn từng mục đích tại đường dẫn riêng của bạn:\n\n{link}\n\nKhông trả lời nghĩa là không đồng ý. "
    "Đừng chuyển tiếp thư này: đường dẫn là của riêng bạn.\n\nKhông muốn nhận thư như thế này nữa: {stop}\n",
    "en.subject": "{business} asks what your data may be used for",
    "en.text": "Hello,\n\n{business} keeps your contact details and asks what they may be used for. Read it and choose "
    "each purpose by itself, behind your own link:\n\n{link}\n\nNo answer means no. Please do not pass this message on: "
    "the link is yours alone.\n\nTo get no more messages like this: {stop}\n",
}
"""By `<locale>.<subject|text>`."""
_NAME: Final = re.compile(r"(?:vi|en)\.(?:subject|text)")


def mind_letters(texts: Mapping[str, str]) -> None:
    """Raises ValueError where a text cannot be sent: without its links, with an unknown part, or advertising."""
    for name, text in texts.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"INVITATION_TEXTS: {name!r} is no <vi|en>.<subject|text>.")
        try:
            text.format(business="", link="", stop="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"INVITATION_TEXTS: {name} may hold {{business}}, {{link}}, {{stop}} only."
            ) from error
        if name.endswith("text") and not ("{link}" in text and "{stop}" in text):
            raise ValueError(f"INVITATION_TEXTS: {name} lacks {{link}} or {{stop}}.")
        if ADVERTISING.search(text):
            raise ValueError(f"INVITATION_TEXTS: {name} advertises; an invitation must not.")


def write_letter(
    locale: Locale, texts: Mapping[str, str], *, business: str, link: str, stop: str
) -> tuple[str, str]:
    """Subject and text."""
    chosen = {**LETTERS, **texts}
    subject = chosen[f"{locale}.subject"].format(business=business, link="", stop="")
    return subject, chosen[f"{locale}.text"].format(business=business, link=link, stop=stop)

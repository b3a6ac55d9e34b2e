"""Invitations by email: a link, never a code, so that whoever reads a mailbox proves nothing by it."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from services.verify.senders.port import Locale, NotSent, Unclear

PATIENCE_S: Final = 10.0
_SUBJECTS: Final[dict[Locale, str]] = {
    "vi": "Mời xác nhận số điện thoại",
    "en": "Please confirm your phone number",
}
_TEXTS: Final[dict[Locale, str]] = {
    "vi": "{name} mời bạn xác nhận số điện thoại tại:\n{link}\n\nNếu bạn không yêu cầu, hãy bỏ qua thư này.",
    "en": "{name} asks you to confirm your phone number at:\n{link}\n\nIf you did not ask for this, ignore it.",
}


@dataclass(frozen=True, slots=True)
class EmailSender:
    """Sends through one SMTP server, in a thread: `smtp://` with STARTTLS where offered, `smtps://`."""

    host: str
    port: int
    secure: bool
    user: str
    password: str = field(repr=False)
    source: str

    @classmethod
    def of_url(cls, url: str, password: str, source: str) -> "EmailSender":
        """From `smtp[s]://user@host:port`. Raises ValueError where it is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("The mail server must be smtp://[user@]host:port or smtps://...")
        secure = parts.scheme == "smtps"
        port = parts.port or (465 if secure else 587)
        return cls(parts.hostname, port, secure, parts.username or "", password, source)

    async def invite(self, to: str, name: str, link: str, locale: Locale, key: str) -> None:
        """Send an invitation; `key` is its Message-ID, by which servers drop a repetition.

        Raises NotSent where the server refused it, Unclear where it may have taken it, ValueError where an address
        or a name holds a line break.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.source, to, _SUBJECTS[locale]
        message["Message-ID"] = f"<{key}@chandung>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_TEXTS[locale].format(name=name, link=link))
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        context = ssl.create_default_context()
        try:
            server = (
                smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE_S, context=context)
                if self.secure
                else smtplib.SMTP(self.host, self.port, timeout=PATIENCE_S)
            )
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent("unreachable") from error
        try:
            with server:
                server.ehlo()
                if not self.secure and server.has_extn("starttls"):
                    server.starttls(context=context)
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
            raise NotSent("address", of_message=True) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPDataError) as error:
            raise NotSent(f"smtp-{error.smtp_code}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(type(error).__name__) from error

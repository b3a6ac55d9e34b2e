"""Invitations by email: a link, never a code, so that whoever reads a mailbox proves nothing by it."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from services.verify.senders.port import Invitation, NotSent, Unclear

PATIENCE_S: Final = 10.0


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

    async def invite(self, invitation: Invitation) -> None:
        """Send an invitation; its key is the Message-ID, and mail programs offer its stop link (RFC 8058).

        Raises NotSent where the server refused it, Unclear where it may have taken it, ValueError where an address
        or a subject holds a line break.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.source, invitation.to, invitation.subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{invitation.key}@{self.source.rpartition('@')[2].strip('> ')}>"
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{invitation.stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(invitation.text)
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent("unreachable") from error
        try:
            with server:
                self._greet(server)
                server.send_message(message)
        except NotSent:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotSent("address", of_message=all(code >= 500 for code in codes)) from error  # 4xx: not now
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise NotSent(f"smtp-{error.smtp_code}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        if self.secure:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=PATIENCE_S, context=ssl.create_default_context()
            )
        return smtplib.SMTP(self.host, self.port, timeout=PATIENCE_S)

    def _greet(self, server: smtplib.SMTP) -> None:
        """Raises NotSent where the password would go over an open line."""
        server.ehlo()
        private = self.secure or _is_here(self.host)
        if not self.secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
            private = True
        if self.user:
            if not private:
                raise NotSent("no-tls")
            server.login(self.user, self.password)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

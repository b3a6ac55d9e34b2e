"""Which senders the settings name: secrets come from the environment, none is a file of the tree."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from services.verify.senders.email import EmailSender
from services.verify.senders.esms import EsmsSender
from services.verify.senders.letters import mind_letters
from services.verify.senders.outbox import OutboxSender
from services.verify.senders.port import Channel, Inviter, Sender
from services.verify.senders.smpp import SmppSender
from services.verify.senders.speedsms import SpeedSmsSender
from services.verify.senders.twilio import TwilioSender
from services.verify.senders.webhook import WebhookSender
from services.verify.senders.zns import ZnsSender
from services.verify.settings import VerifySettings

if TYPE_CHECKING:
    import httpx2

CALLBACKS = "/webhooks/verify"

Connect = Callable[[], "httpx2.AsyncClient"]
"""Gives the one HTTP client of all senders; only those that are configured ask for it."""


def configured_senders(settings: VerifySettings, connect: Connect, callback_key: str) -> Sequence[Sender]:
    """The senders that are configured, the preferred first; the development outbox where none is."""
    prices: Mapping[Channel, int] = {
        "sms": settings.otp_sms_vnd,
        "voice": settings.otp_voice_vnd,
        "zalo": settings.otp_zalo_vnd,
    }
    chosen = [
        *_zalo(settings, connect),
        *_brandname(settings, connect, callback_key),
        *_elsewhere(settings, connect, prices),
    ]
    return chosen or [OutboxSender(settings.data_dir / "outbox", prices)]


def configured_inviter(settings: VerifySettings) -> Inviter:
    """What carries invitations: the mail server that is set, else the development outbox.

    Raises ValueError where `SMTP_URL` is none, nobody is named to write from, or a text cannot be sent.
    """
    mind_letters(settings.invitation_texts)
    if not settings.smtp_url:
        return OutboxSender(settings.data_dir / "outbox", {})
    if "@" not in settings.smtp_from:
        raise ValueError("SMTP_FROM must be the address that invitations come from.")
    return EmailSender.of_url(
        settings.smtp_url, settings.smtp_password.get_secret_value(), settings.smtp_from
    )


def _zalo(settings: VerifySettings, connect: Connect) -> list[Sender]:
    token = settings.zns_access_token.get_secret_value()
    if not token or not settings.zns_template_vi:
        return []
    return [
        ZnsSender(
            connect(),
            token,
            {"vi": settings.zns_template_vi, "en": settings.zns_template_en},
            settings.otp_zalo_vnd,
            settings.zns_app_id,
            settings.zns_oa_secret.get_secret_value(),
        )
    ]


def _brandname(settings: VerifySettings, connect: Connect, callback_key: str) -> list[Sender]:
    found: list[Sender] = []
    if settings.esms_api_key:
        found.append(
            EsmsSender(
                connect(),
                settings.esms_api_key,
                settings.esms_secret_key.get_secret_value(),
                settings.esms_brandname,
                settings.otp_sms_vnd,
                callback_url=settings.public_url + CALLBACKS if settings.public_url else "",
                callback_key=callback_key,
            )
        )
    if token := settings.speedsms_token.get_secret_value():
        found.append(
            SpeedSmsSender(
                connect(),
                token,
                settings.speedsms_brandname,
                {"sms": settings.otp_sms_vnd, "voice": settings.otp_voice_vnd},
                callback_key=callback_key,
                reports=bool(settings.public_url),
            )
        )
    return found


def _elsewhere(settings: VerifySettings, connect: Connect, prices: Mapping[Channel, int]) -> list[Sender]:
    found: list[Sender] = []
    if settings.sender_webhook_url:
        secret = settings.sender_webhook_secret.get_secret_value()
        found.append(WebhookSender(connect(), settings.sender_webhook_url, secret, prices))
    if settings.smpp_url:
        found.append(
            SmppSender.of_url(
                settings.smpp_url,
                settings.smpp_password.get_secret_value(),
                settings.otp_sms_vnd,
                reports=settings.smpp_receipts,
            )
        )
    if settings.twilio_account_sid:
        found.append(
            TwilioSender(
                connect(),
                settings.twilio_account_sid,
                settings.twilio_auth_token.get_secret_value(),
                settings.twilio_from,
                settings.otp_sms_vnd,
                callback_url=settings.public_url + CALLBACKS if settings.public_url else "",
            )
        )
    return found

"""What verify is told from outside, beside what every service is told."""

from typing import ClassVar

from pydantic import Field

from kernel.settings import ServiceSettings


class VerifySettings(ServiceSettings):
    """Settings of verify. The rules of a code itself (PHONE rules: lifetime, checks, cooldown) are not settings."""

    service: ClassVar[str] = "verify"

    otp_client_sends_an_hour: int = Field(300, ge=1, description="Codes one client may have sent in an hour.")
    otp_vnd_an_hour: int = Field(
        500_000, ge=0, description="Spending breaker: VND that all codes of an hour may cost together."
    )
    otp_sms_vnd: int = Field(850, ge=0, description="Price of a text message, VND, for the spending breaker.")
    otp_voice_vnd: int = Field(600, ge=0, description="Price of a call, VND, for the spending breaker.")
    otp_zalo_vnd: int = Field(
        300, ge=0, description="Price of a Zalo message, VND, for the spending breaker."
    )
    consent_patience_s: float = Field(
        2.5,
        ge=0,
        description="Seconds to wait for a heartbeat younger than the request, so that a consent or withdrawal "
        "answered before it is seen; after that any heartbeat of the last 5 s will do.",
    )

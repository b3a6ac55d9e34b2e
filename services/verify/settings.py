"""What verify is told from outside, beside what every service is told."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from kernel.settings import ServiceSettings

_NONE = SecretStr("")


class VerifySettings(ServiceSettings):
    """Settings of verify. The rules of a code itself (PHONE rules: lifetime, checks, cooldown) are not settings."""

    service: ClassVar[str] = "verify"

    otp_client_sends_an_hour: int = Field(300, ge=1, description="Codes one client may have sent in an hour.")
    otp_vnd_an_hour: int = Field(
        500_000, ge=0, description="Spending breaker: VND that all codes of an hour may cost together."
    )
    otp_ip_sends_an_hour: int = Field(30, ge=1, description="Codes asked for from one address in an hour.")
    otp_device_sends_an_hour: int = Field(10, ge=1, description="Codes asked for from one device in an hour.")
    otp_collector_sends_an_hour: int = Field(60, ge=1, description="Codes one collector asks for in an hour.")
    otp_prefix_sends_an_hour: int = Field(
        400, ge=1, description="Codes to numbers with the same first four digits (0912...) in an hour."
    )
    otp_sms_vnd: int = Field(850, ge=0, description="Price of a text message, VND, for the spending breaker.")
    otp_voice_vnd: int = Field(600, ge=0, description="Price of a call, VND, for the spending breaker.")
    otp_zalo_vnd: int = Field(
        300, ge=0, description="Price of a Zalo message, VND, for the spending breaker."
    )
    otp_fallback_s: int = Field(
        45, ge=5, description="Seconds without a report of delivery after which the next channel is tried."
    )
    otp_templates: dict[str, str] = Field(
        {}, description='Approved texts by sender and locale: {"esms.vi": "{code} la ma ... {until}."}.'
    )
    otp_test_numbers: dict[str, str] = Field(
        {},
        description='Numbers of reviewers, whose code is fixed and never sent: {"+84...": "123456 until 2026-12-31"};'
        " from that day on they are numbers like all others.",
    )
    fraud_mode: Literal["shadow", "enforce"] = Field(
        "shadow", description="shadow: doubts are told and alerted, but block nothing; enforce: they block."
    )
    fraud_neighbours: int = Field(
        6, ge=2, description="Numbers of one block of 100 in an hour that are taken for a sequence."
    )
    fraud_prefix_sends: int = Field(
        30, ge=1, description="Codes to one prefix in an hour before its conversion is looked at."
    )
    fraud_prefix_conversion: float = Field(
        0.1, ge=0, le=1, description="Share of a prefix's codes that must be used, or it is doubted."
    )
    fraud_all_sends: int = Field(
        40, ge=1, description="Codes ended in 15 minutes before conversion as a whole is looked at."
    )
    fraud_all_conversion: float = Field(
        0.15, ge=0, le=1, description="Share of all codes that must be used, or an alarm says so."
    )
    evidence_half_life_days: dict[str, int] = Field(
        {}, description='Days after which half of an evidence is left, by kind: {"possession": 180}.'
    )
    public_url: str = Field(
        "", description="Where the gateway is reached from outside; carriers report to it. Empty: no reports."
    )
    zns_access_token: SecretStr = Field(_NONE, description="Zalo: access token of the OA; empty: no Zalo.")
    zns_template_vi: str = Field("", description="Zalo: id of the approved Vietnamese template (otp, until).")
    zns_template_en: str = Field("", description="Zalo: id of the approved English template.")
    zns_app_id: str = Field("", description="Zalo: id of the app, for the signature of events.")
    zns_oa_secret: SecretStr = Field(_NONE, description="Zalo: the OA's secret key, which signs events.")
    esms_api_key: str = Field("", description="eSMS: ApiKey; empty: no eSMS.")
    esms_secret_key: SecretStr = Field(_NONE, description="eSMS: SecretKey.")
    esms_brandname: str = Field("", description="eSMS: registered brandname.")
    speedsms_token: SecretStr = Field(_NONE, description="SpeedSMS: access token; empty: no SpeedSMS.")
    speedsms_brandname: str = Field("", description="SpeedSMS: registered brandname.")
    sender_webhook_url: str = Field("", description="Any other carrier: where our signed requests go.")
    sender_webhook_secret: SecretStr = Field(
        _NONE, description="Any other carrier: secret of both signatures."
    )
    twilio_account_sid: str = Field("", description="Twilio: account SID; empty: no Twilio.")
    twilio_auth_token: SecretStr = Field(_NONE, description="Twilio: auth token.")
    twilio_from: str = Field("", description="Twilio: sending number or messaging service SID.")
    smpp_url: str = Field("", description="SMPP: smpp://system_id@host:port/source; empty: no SMPP.")
    smpp_password: SecretStr = Field(_NONE, description="SMPP: password of the system id.")
    smpp_receipts: bool = Field(
        True,
        description="SMPP: ask for delivery receipts and stay bound to hear them; false for a carrier without them, "
        "or every code would go down the ladder for want of one.",
    )
    smtp_url: str = Field(
        "",
        description="Invitations: smtp[s]://[user@]host:port; empty: they become files in $DATA_DIR/outbox.",
    )
    smtp_password: SecretStr = Field(_NONE, description="Invitations: password of the mail server's user.")
    smtp_from: str = Field("", description='Invitations: who writes, "Shop <no-reply@shop.example>".')
    business_name: str = Field(
        "Chandung", min_length=1, max_length=80, description="Invitations: who asks, as people know it."
    )
    invitation_texts: dict[str, str] = Field(
        {},
        description='Invitations: {"vi.subject": "...", "vi.text": "... {business} ... {link} ... {stop}"}.',
    )
    email_vnd: int = Field(0, ge=0, description="Price of an email, VND, for the budgets of campaigns.")
    inbound_secret: SecretStr = Field(
        _NONE, description="Secret of signed messages from customers; empty: no reverse verification."
    )
    inbound_sms_to: str = Field(
        "", description="The number or short code to which customers text their word."
    )
    inbound_zalo_to: str = Field("", description="The OA to which customers send their word.")
    consent_patience_s: float = Field(
        2.5,
        ge=0,
        description="Seconds to wait for a heartbeat younger than the request, so that a consent or withdrawal "
        "answered before it is seen; after that any heartbeat of the last 5 s will do.",
    )

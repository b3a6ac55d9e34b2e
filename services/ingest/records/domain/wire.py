"""Records as clients write them. One decode gives the right payload for the kind; unknown fields stay sealed only."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True, description="ISO 8601 with offset.")]
_LARGEST = 2**53
Whole = Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)]
Number = Whole | Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]
Scalar = str | Number | bool | None
Code = str | Whole
"""A code that some systems write as a number."""


class Identifiers(msgspec.Struct, omit_defaults=True, gc=False):
    """What the person is known by."""

    national_id: str | None = None
    passport: str | None = None
    driver_licence: str | None = None
    birth_certificate: str | None = None
    phone: str | None = None
    email: str | None = None
    tax_code: str | None = None
    payment_card: str | None = None
    external_id: str | None = None
    social: dict[str, str] | None = None
    device_id: str | None = None
    cookie_id: str | None = None
    anonymous_id: str | None = None
    ip: str | None = None


class Address(msgspec.Struct, omit_defaults=True, gc=False):
    """Units of before and after July 2025 are accepted."""

    line: str | None = None
    ward: str | None = None
    district: str | None = None
    province: str | None = None
    country: str | None = None


class Attributes(msgspec.Struct, omit_defaults=True, gc=False):
    """What is said of the person."""

    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: str | None = None
    gender: str | None = None
    address: Address | str | None = None
    age: Scalar = None
    occupation: Scalar = None
    workplace: Scalar = None
    job_title: Scalar = None
    education: Scalar = None
    marital_status: Scalar = None
    household_size: Scalar = None
    income: Scalar = None
    nationality: Scalar = None
    language: Scalar = None
    ethnicity: Scalar = None
    religion: Scalar = None
    political_view: Scalar = None
    health: Scalar = None
    bank_account: Scalar = None


class Subject(msgspec.Struct, omit_defaults=True, gc=False):
    """Whom the record is about."""

    identifiers: Identifiers = msgspec.field(default_factory=Identifiers)
    attributes: Attributes | None = None


_SUBJECT = {"anyOf": [{"$ref": "#/components/schemas/Subject"}, {"type": "null"}]}
Block = Annotated[msgspec.Raw, Meta(extra_json_schema=_SUBJECT)] | msgspec.UnsetType
"""A `Subject` as it was written: whoever comes again sends the same bytes, which need not be read again."""

_NULL = msgspec.Raw(b"null")


class Consent(msgspec.Struct, gc=False):
    """An act of consent."""

    notice: str
    version: int
    purposes: tuple[str, ...]
    method: str
    captured_at: Moment
    proof: str | None = None
    refused: tuple[str, ...] = ()
    """Purposes that the person said no to in this act: for this record no earlier consent stands for them."""


class Basis(msgspec.Struct, gc=False):
    """A legal basis stated instead of consent: `contract` or `legal_obligation`, with its proof."""

    kind: str
    proof: str


class Location(msgspec.Struct, gc=False):
    """Degrees, WGS 84."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class Collector(msgspec.Struct, gc=False):
    """Who took the record down, and how."""

    id: str
    device_id: str | None = None
    started_at: Moment | None = None
    duration_ms: Annotated[int, Meta(ge=0, le=_LARGEST)] | None = None
    location: Location | None = None
    audio_ms: Annotated[int, Meta(ge=0, le=_LARGEST)] | None = None


class Nothing(msgspec.Struct, omit_defaults=True, gc=False):
    """A payload without declared fields but the campaign that it is a response to."""

    campaign: str | None = None


class Item(msgspec.Struct, omit_defaults=True, gc=False):
    """A line of an order; unit_price in minor units of the currency."""

    sku: Code | None = None
    name: str | None = None
    category: str | None = None
    quantity: Number | None = None
    unit_price: Number | None = None


class Order(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of a transaction; amounts in minor units of the currency (VND has none)."""

    order_id: Code | None = None
    items: list[Item] = []
    total: Number | None = None
    currency: str | None = None
    discount: Number | None = None
    payment_method: str | None = None
    returned: bool | None = None
    campaign: str | None = None


class Answers(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of a survey."""

    form: str | None = None
    answers: dict[str, Any] = {}
    campaign: str | None = None


class Question(msgspec.Struct, omit_defaults=True, gc=False):
    """What was asked in an interview, and what was answered."""

    q: str
    a: Scalar = None


class Opinion(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of an interview or of feedback: a text, or questions with their answers, or both."""

    text: str | None = None
    rating: Number | None = None
    questions: list[Question] = []
    campaign: str | None = None


class Interaction(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of an interaction."""

    name: str | None = None
    properties: dict[str, Any] = {}
    campaign: str | None = None


class Attendance(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of an attendance."""

    event_name: str | None = None
    campaign: str | None = None


class Referral(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of a referral: another person, who has agreed to nothing."""

    referred_identifiers: Identifiers = msgspec.field(default_factory=Identifiers)
    campaign: str | None = None


class Note(msgspec.Struct, omit_defaults=True, gc=False):
    """Payload of a market note, which is about nobody."""

    text: str | None = None
    brand: str | None = None
    product: str | None = None
    price: Number | None = None


class Record(msgspec.Struct, kw_only=True, tag_field="kind", gc=False):
    """What all kinds share."""

    id: str
    source: str | None = None
    channel: str
    occurred_at: Moment
    subject: Block = msgspec.UNSET
    consent: Consent | None = None
    basis: Basis | None = None
    collector: Collector | None = None

    @property
    def block(self) -> msgspec.Raw | None:
        """The subject block, None where the record names nobody."""
        return None if isinstance(self.subject, msgspec.UnsetType) or self.subject == _NULL else self.subject


class Profile(Record, tag="profile"):
    """What a person is like."""

    payload: Nothing = msgspec.field(default_factory=Nothing)


class Transaction(Record, tag="transaction"):
    """A purchase or a return."""

    payload: Order = msgspec.field(default_factory=Order)


class InteractionRecord(Record, tag="interaction"):
    """Something done on a site, in an app, or with staff."""

    payload: Interaction = msgspec.field(default_factory=Interaction)


class Survey(Record, tag="survey"):
    """Answers to a form."""

    payload: Answers = msgspec.field(default_factory=Answers)


class Interview(Record, tag="interview"):
    """What somebody said."""

    payload: Opinion = msgspec.field(default_factory=Opinion)


class Feedback(Record, tag="feedback"):
    """What somebody said unasked."""

    payload: Opinion = msgspec.field(default_factory=Opinion)


class AttendanceRecord(Record, tag="attendance"):
    """Being at an event."""

    payload: Attendance = msgspec.field(default_factory=Attendance)


class ReferralRecord(Record, tag="referral"):
    """Naming another person."""

    payload: Referral = msgspec.field(default_factory=Referral)


class MarketNote(Record, tag="market_note"):
    """About the market, not about a person."""

    payload: Note = msgspec.field(default_factory=Note)


AnyRecord = (
    Profile
    | Transaction
    | InteractionRecord
    | Survey
    | Interview
    | Feedback
    | AttendanceRecord
    | ReferralRecord
    | MarketNote
)

CHANNELS = frozenset(
    [
        "web",
        "app",
        "form",
        "survey",
        "crm",
        "transaction",
        "event",
        "interview",
        "referral",
        "social_lead",
        "ads",
        "media",
        "call",
        "email",
        "competitor",
        "other",
    ]
)

"""How far a record can be trusted, 0 to 1, and why: a pure rule over what was parsed anyway.

Each reason is evidence for or against in log-odds (as logistic regression has it), so that reasons add up and none
decides alone; nothing known is 0.5. What the subject block says is weighed once and remembered with it, what the
record adds costs about one microsecond. A score informs (reviews, weights in studies): it refuses nobody.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from math import exp
from typing import Any, Final

from kernel.privacy.documents import read_citizen_id, structure_score
from services.ingest.consents.domain import DEFAULT_METHOD
from services.ingest.records.domain.normal import dates, emails, names
from services.ingest.records.domain.normal.genders import read_gender
from services.ingest.records.domain.wire import Answers, Attributes, Identifiers, Order, Record

WEIGHTS: Final[dict[str, tuple[float, str]]] = {
    "phone-valid": (1.0, "A number of the plan in force: few are typed by chance."),
    "email-plain": (0.3, "A well-formed address of no doubtful domain; nobody answered it yet."),
    "id-sound": (1.0, "A document number whose parts or check digit fit."),
    "id-agrees": (0.7, "The citizen ID says the same gender and year of birth as the record."),
    "name-plausible": (0.5, "Surname, middle and given name as people have them."),
    "consent-own": (0.7, "The person's own act of consent came with it."),
    "collector-named": (0.2, "Somebody answers for it."),
    "basis-stated": (0.2, "A contract or a law stands behind it."),
    "consent-default": (-0.2, "The source's default stands for a consent; the person did nothing."),
    "identifier-refused": (-0.6, "An identifier was masked, a placeholder, or cannot be what it says."),
    "id-odd": (-0.7, "A document number that is not built like one; old and foreign ones may be."),
    "id-birth-year": (-1.5, "The citizen ID says another year of birth."),
    "id-gender": (-1.5, "The citizen ID says another gender."),
    "email-typo": (-0.5, "The domain looks like a well-known one misspelt."),
    "email-disposable": (-1.5, "A throw-away mailbox."),
    "email-role": (-0.2, "A mailbox that several people read."),
    names.PLACEHOLDER: (-1.5, "A word for nobody, such as test or khách lẻ."),
    names.CONTACT: (-0.8, "A number or an address stands where the name should."),
    names.DIGITS: (-0.5, "Names have no digits."),
    names.ODD: (-0.8, "Not built like a name."),
    names.SINGLE: (-0.1, "One word: a given name or a nickname."),
    names.REORDERED: (0.0, "The surname stood last; it is shown first."),
    names.UNSURE_ORDER: (0.0, "The surname may stand last."),
    "name-gender": (-0.3, "The middle name is one of the other gender; it happens."),
    dates.DEFAULT: (-0.5, "A date that programs write where they know none."),
    dates.IMPLAUSIBLE: (-1.0, "Born in the future, or more than 120 years ago."),
    dates.UNREADABLE: (-0.3, "No date could be read."),
    dates.MONTH_FIRST: (-0.1, "Month before day."),
    "amount-negative": (-0.8, "A purchase of less than nothing that is no return."),
    "amount-differs": (-0.6, "The total is far from what the items come to."),
    "too-fast": (-1.2, "Taken down faster than anybody can ask and write."),
    "sent-again": (-0.1, "The same record came more than once."),
    "sent-otherwise": (-0.6, "The same id came with other content."),
}
"""Reason to (log-odds, why). Set by judgement, not learnt: no labelled records exist before a platform runs."""

_ODDS: Final = {code: weight for code, (weight, _) in WEIGHTS.items()}
FASTEST_MS: Final = 3_000
FASTEST_ANSWER_MS: Final = 700
"""Reading and answering one closed question takes an adult about two seconds; a third of it is nobody's pace."""
_TAKEN_DOWN: Final = frozenset({"form", "survey", "interview", "call"})
_BY_THEMSELVES: Final = ("consent-own",)
_BY_DEFAULT: Final = ("consent-default",)
_DOCUMENTS: Final = frozenset({"national_id", "tax_code", "payment_card", "passport", "driver_licence"})


Reasons = tuple[str, ...]


@lru_cache(maxsize=8_192)
def score_of(said: Reasons, added: Reasons) -> float:
    """The score, two decimals, of what the subject block said and the record added. Few combinations ever occur."""
    odds = sum(_ODDS[code] for code in (*said, *added))
    return round(1.0 / (1.0 + exp(-odds)), 2)


def weigh_subject(
    identifiers: Identifiers,
    attributes: Attributes | None,
    kinds: Sequence[str],
    refused: bool,
    plain_name: str | None,
    captured_on: date,
) -> Reasons:
    """Reasons that a subject block gives: `kinds` of its identifiers were usable, some `refused`."""
    reasons = ["identifier-refused"] if refused else []
    if "phone" in kinds:
        reasons.append("phone-valid")
    if "email" in kinds:
        reasons += emails.email_doubts(identifiers.email or "") or ("email-plain",)
    if not _DOCUMENTS.isdisjoint(kinds):
        reasons += _document_reasons(identifiers, attributes, kinds, captured_on)
    if attributes is not None:
        reasons += _attribute_reasons(attributes, plain_name, captured_on)
    return tuple(reasons)


def _document_reasons(
    identifiers: Identifiers, attributes: Attributes | None, kinds: Sequence[str], captured_on: date
) -> list[str]:
    written = {kind: _digits(getattr(identifiers, kind) or "") for kind in _DOCUMENTS if kind in kinds}
    scores = [structure_score(kind, value) for kind, value in written.items()]
    reasons = ["id-odd"] if min(scores) < 0.5 else ["id-sound"] if max(scores) >= 0.7 else []
    citizen = read_citizen_id(written.get("national_id", ""))
    if citizen is None or attributes is None:
        return reasons
    gender = read_gender(attributes.gender or "")
    born = dates.read_birth(attributes.date_of_birth, captured_on).year if attributes.date_of_birth else None
    doubts = ["id-gender"] if gender in ("male", "female") and gender != citizen.gender else []
    doubts += ["id-birth-year"] if born is not None and born != citizen.birth_year else []
    agrees = not doubts and (born is not None or gender == citizen.gender)
    return [*reasons, *doubts, *(["id-agrees"] if agrees else [])]


def _digits(text: str) -> str:
    """As identifiers are compared: capitals, no separators, zeros of a spreadsheet restored."""
    plain = "".join(character for character in text if character.isalnum()).upper()
    return plain.zfill(12) if len(plain) in (10, 11) and read_citizen_id(plain.zfill(12)) else plain


def _attribute_reasons(attributes: Attributes, plain_name: str | None, captured_on: date) -> list[str]:
    reasons: list[str] = []
    if plain_name is not None:
        if names.is_plain_good(plain_name):
            reasons.append("name-plausible")
        else:
            doubts = names.read_name(attributes.full_name or "").doubts
            reasons += doubts or ("name-plausible",)
        if attributes.gender and names.contradicts(plain_name, read_gender(attributes.gender)):
            reasons.append("name-gender")
    if attributes.date_of_birth:
        reasons += dates.read_birth(attributes.date_of_birth, captured_on).doubts
    return reasons


def weigh_record(record: Record) -> Reasons:
    """Reasons that a record gives beside its subject; costs half a microsecond where it gives the usual ones."""
    consent, collector = record.consent, record.collector
    reasons: Reasons = ()
    if consent is not None:
        reasons = _BY_DEFAULT if consent.method == DEFAULT_METHOD else _BY_THEMSELVES
    elif record.basis is not None:
        reasons = ("basis-stated",)
    payload = getattr(record, "payload")  # noqa: B009 - every kind has one, of its own type
    if collector is not None:
        reasons = (*reasons, "collector-named")
        took = collector.duration_ms
        if took is not None and record.channel in _TAKEN_DOWN and _is_too_fast(took, payload):
            reasons = (*reasons, "too-fast")
    if type(payload) is Order and payload.total is not None:
        odd = _odd_amount(payload, payload.total)
        return (*reasons, odd) if odd else reasons
    return reasons


def _is_too_fast(duration_ms: int, payload: Any) -> bool:
    questions = len(payload.answers) if isinstance(payload, Answers) else 0
    return duration_ms < max(FASTEST_MS, questions * FASTEST_ANSWER_MS)


def _odd_amount(order: Order, total: float) -> str:
    """Within half and twice what the items come to stay taxes, shipping and vouchers."""
    if total < 0:
        return "" if order.returned else "amount-negative"
    items: float = 0
    for item in order.items:
        price, quantity = item.unit_price, item.quantity
        if price is None:
            return ""
        items += price if quantity is None else price * quantity
    if total == items or items <= 0 or items / 2 <= total + (order.discount or 0) <= items * 2:
        return ""
    return "amount-differs"

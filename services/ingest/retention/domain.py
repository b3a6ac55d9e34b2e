"""The rules of retention: what is kept how long, counted from when, and why. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from kernel.errors import FieldError
from kernel.privacy.purposes import BASIS, Purpose

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT: Final = time(2, 30)
"""When the nightly job begins."""
DAY_US: Final = 86_400 * 1_000_000

Of = Literal["records", "quarantine", "lineage", "attempts"]
Since = Literal["occurred", "received", "last_seen"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. A kind of record named by one rule is no other's; a purpose stands for its kinds that none names."""

    key: str
    of: Of
    """Records; items waiting in quarantine; lineage of those that left it; notes of records that were sent again."""
    days: int
    reason: dict[str, str]
    """Why so long and no longer, in Vietnamese (vi) and English (en)."""
    since: Since = "received"
    """From when it is counted: when it happened, when it was received, or when its person was last heard of."""
    kinds: tuple[str, ...] = ()
    purpose: str | None = None


DEFAULTS: Final = (
    Rule(
        "accounting",
        "records",
        4_018,
        {
            "vi": "Chứng từ kế toán: ít nhất 10 năm kể từ cuối năm kế toán (Luật Kế toán 88/2015/QH13, điều 41; Nghị"
            " định 174/2016/NĐ-CP, điều 13).",
            "en": "Accounting documents: at least 10 years from the end of the accounting year (Law on Accounting"
            " 88/2015/QH13, article 41; Decree 174/2016/ND-CP, article 13).",
        },
        "occurred",
        ("transaction",),
    ),
    Rule(
        "profiles",
        "records",
        1_096,
        {
            "vi": "Hồ sơ khách hàng: 3 năm sau lần liên hệ cuối, bằng thời hiệu khởi kiện hợp đồng (Bộ luật Dân sự"
            " 2015, điều 429).",
            "en": "Customer profiles: 3 years after the last contact, the time within which a contract can be disputed"
            " (Civil Code 2015, article 429).",
        },
        "last_seen",
        ("profile",),
    ),
    Rule(
        "service",
        "records",
        1_096,
        {
            "vi": "Dữ liệu phục vụ khác: 3 năm, bằng thời hiệu khởi kiện hợp đồng (Bộ luật Dân sự 2015, điều 429).",
            "en": "Other data of service: 3 years, the time within which a contract can be disputed (Civil Code 2015,"
            " article 429).",
        },
        "occurred",
        purpose="service",
    ),
    Rule(
        "behaviour",
        "records",
        396,
        {
            "vi": "Theo dõi hành vi trực tuyến là dữ liệu nhạy cảm: 13 tháng đủ để so cùng kỳ, không lâu hơn mục đích"
            " cần (Luật 91/2025/QH15).",
            "en": "Tracking of online behaviour is sensitive: 13 months allow a comparison with the year before, and"
            " nothing is kept longer than its purpose needs (Law 91/2025/QH15).",
        },
        "received",
        ("interaction",),
    ),
    Rule(
        "opinions",
        "records",
        1_096,
        {
            "vi": "Khảo sát, phỏng vấn, phản hồi: 3 năm, không lâu hơn mục đích cần (Luật 91/2025/QH15).",
            "en": "Surveys, interviews, feedback: 3 years, no longer than their purpose needs (Law 91/2025/QH15).",
        },
        "received",
        purpose="analytics",
    ),
    Rule(
        "market",
        "records",
        1_826,
        {
            "vi": "Ghi chú thị trường không nói về ai: 5 năm, hết giá trị sử dụng.",
            "en": "Market notes are about nobody: 5 years, after which they are of no use.",
        },
        "received",
        ("market_note",),
    ),
    Rule(
        "quarantine",
        "quarantine",
        90,
        {
            "vi": "Bản ghi chờ mà sau 90 ngày vẫn thiếu sự đồng ý hoặc chưa sửa thì không có căn cứ để giữ (Luật"
            " 91/2025/QH15).",
            "en": "A record that still lacks consent or a correction after 90 days has no basis to be kept (Law"
            " 91/2025/QH15).",
        },
    ),
    Rule(
        "lineage",
        "lineage",
        396,
        {
            "vi": "Vết của bản ghi đã rời khu cách ly: 13 tháng để đối soát với nguồn.",
            "en": "Traces of records that left the quarantine: 13 months to settle accounts with their source.",
        },
    ),
    Rule(
        "attempts",
        "attempts",
        90,
        {
            "vi": "Vết của bản ghi gửi lại: 90 ngày để đối soát với nguồn.",
            "en": "Traces of records that were sent again: 90 days to settle accounts with their source.",
        },
    ),
)
"""What holds until somebody decides otherwise. Counsel must confirm."""


def flaws_of(rules: Sequence[Rule]) -> list[FieldError]:
    """What is wrong with rules, with pointers into them."""
    errors = []
    seen_keys: set[str] = set()
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        at = f"/rules/{place}"
        if not rule.key or rule.key in seen_keys:
            errors.append(FieldError(f"{at}/key", "Each rule has a key of its own."))
        if rule.days < 1:
            errors.append(FieldError(f"{at}/days", "At least one day."))
        if not all(rule.reason.get(language) for language in ("vi", "en")):
            errors.append(FieldError(f"{at}/reason", "Say why in vi and en."))
        errors += _flaws_of_scope(rule, at, seen)
        seen_keys.add(rule.key)
        seen |= _claims(rule)
    return errors


def _claims(rule: Rule) -> set[str]:
    """What no other rule may claim."""
    if rule.of != "records":
        return {rule.of}
    return {*rule.kinds, *([f"purpose {rule.purpose}"] if rule.purpose else [])}


def _flaws_of_scope(rule: Rule, at: str, seen: set[str]) -> list[FieldError]:
    errors = [
        FieldError(f"{at}/kinds", f"There is no kind {kind!r}.") for kind in rule.kinds if kind not in BASIS
    ]
    if rule.purpose is not None and rule.purpose not in Purpose.__members__.values():
        errors.append(FieldError(f"{at}/purpose", "There is no such purpose."))
    if (rule.of == "records") != bool(rule.kinds or rule.purpose):
        errors.append(FieldError(at, "A rule of records names kinds or a purpose, another neither."))
    if rule.of != "records" and rule.since != "received":
        errors.append(FieldError(f"{at}/since", "Only records know more than when they were received."))
    if taken := sorted(_claims(rule) & seen):
        errors.append(FieldError(at, f"Another rule has {', '.join(taken)}."))
    return errors


def kinds_of(rule: Rule, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The kinds of record that a rule is about, beside what the others name."""
    if not rule.purpose:
        return rule.kinds
    named = {kind for one in rules for kind in one.kinds}
    return (
        *rule.kinds,
        *(kind for kind, purpose in BASIS.items() if purpose == rule.purpose and kind not in named),
    )


def digest(rules: Sequence[Rule]) -> str:
    """What a dry run answers with, and what is to be shown again to let those very rules loose."""
    return hashlib.sha256(msgspec.json.encode(list(rules), order="sorted")).hexdigest()[:32]


def night_of(now: datetime) -> str | None:
    """The date in Vietnam whose night has begun at `now`; None before the hour of the job."""
    local = now.astimezone(ZONE)
    return local.date().isoformat() if local.time() >= NIGHT else None


def cutoff(rule: Rule, now: int) -> int:
    """What is older than this moment has had its time (µs)."""
    return now - rule.days * DAY_US

"""What the law asks of whom, and which risks the facts show. Pure. Counsel must confirm what a draft says."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway.policy.domain import FIELDS, class_of
from kernel.privacy.catalogue import FAMILIES, entry

BREACH_HOURS: Final = 72
DOSSIER_DAYS: Final = 60
REVIEW_MONTHS: Final = 6
SMALL_PEOPLE: Final = 100_000
"""Below so many people a small business may be exempt or have more time (Law 91/2025, Decree 356/2025)."""


class Profile(StrEnum):
    """Which duties apply."""

    STANDARD = "standard"
    SMALL = "small"
    HOUSEHOLD = "household"


class Duty(NamedTuple):
    """Whether an impact dossier must be filed, and why."""

    files: bool
    because: str


def dossier_duty(profile: Profile, people: int, *, sensitive: bool) -> Duty:
    """Whether a dossier must be filed. A small business that handles sensitive data or many people files as well."""
    if profile is Profile.STANDARD:
        return Duty(True, f"Bên kiểm soát lập hồ sơ trong {DOSSIER_DAYS} ngày kể từ khi bắt đầu xử lý.")
    if people >= SMALL_PEOPLE:
        return Duty(True, f"Xử lý dữ liệu của từ {SMALL_PEOPLE:,} người trở lên: không còn được miễn.")
    if sensitive and profile is Profile.SMALL:
        return Duty(True, "Có xử lý dữ liệu nhạy cảm: doanh nghiệp nhỏ không còn được miễn.")
    return Duty(False, "Được miễn hoặc lùi thời hạn theo quy mô; bản nháp này giữ tại chỗ để chứng minh.")


def fields_held() -> list[dict[str, Any]]:
    """Every field of the catalogue with its labels."""
    rows = []
    for name in FIELDS:
        label = entry(name).label
        rows.append(
            {
                "field": name,
                "class": class_of(name).value,
                "tier": label.tier.value,
                "legal": label.legal.value,
                "sealed": entry(name).sealed,
            }
        )
    return rows


def families_held() -> list[dict[str, Any]]:
    """What people did and said, by kind of record."""
    return [
        {"kind": kind, "legal": label.legal.value, "family": label.family.value if label.family else None}
        for kind, label in FAMILIES.items()
    ]


class Risk(NamedTuple):
    """A risk that the facts show: how likely and how grave (1 to 3), and what is done against it."""

    what: str
    likely: int
    grave: int
    against: str


def risks_of(facts: Mapping[str, Any]) -> list[Risk]:
    """Risks by what is there, the weightiest first."""
    abroad = [one for one in facts["recipients"] if one["country"] != "VN" and not one["ended_at"]]
    unassessed = [one for one in abroad if not one["assessed_at"]]
    late = facts["requests"]["overdue"]
    found = [
        Risk(
            "Lộ dữ liệu định danh trực tiếp",
            1,
            3,
            "Mã hoá AES-256-GCM theo từng người, khoá để riêng; che, thay mã hoặc giữ lại theo chính sách.",
        ),
        Risk(
            "Dùng sai mục đích",
            1,
            3,
            "Mỗi lần đọc kiểm tra sự đồng ý tại thời điểm đó; mọi quyết định có nhật ký chống sửa.",
        ),
    ]
    if any(one["legal"] == "sensitive" for one in facts["fields"]):
        against = "Không bao giờ chuyển cho đối tác; nhân viên chỉ thấy bản che."
        found.append(Risk("Xử lý dữ liệu nhạy cảm", 2, 3, against))
    if facts["children"]:
        against = f"{facts['children']} trẻ em: chỉ dùng khi cha mẹ hoặc người giám hộ đồng ý."
        found.append(Risk("Dữ liệu của trẻ em", 2, 3, against))
    if abroad:
        against = "Chỉ chuyển theo mục đích đã đánh giá trong sổ đăng ký."
        found.append(Risk(f"Chuyển dữ liệu ra nước ngoài ({len(abroad)} bên)", 2, 2, against))
    if unassessed:
        names = ", ".join(one["name"] for one in unassessed)
        found.append(Risk(f"Bên nước ngoài chưa được đánh giá: {names}", 1, 3, "Hệ thống chặn mọi lần đọc."))
    if facts["emergencies"]:
        against = "Có lý do, được báo cho nhân viên phụ trách và hiện cho chủ thể dữ liệu."
        found.append(Risk(f"Mở niêm phong khẩn cấp {facts['emergencies']} lần", 2, 2, against))
    if late:
        found.append(Risk(f"{late} yêu cầu của chủ thể quá hạn", 3, 2, "Cảnh báo trước hạn 3 ngày."))
    return sorted(found, key=lambda risk: -risk.likely * risk.grave)


def hours_left(detected_at: datetime, now: datetime) -> int:
    """Whole hours until a breach must have been reported; negative once that is past."""
    return int((detected_at + timedelta(hours=BREACH_HOURS) - now).total_seconds() // 3600)


def reach_of(reads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Who and what was reached, from what the audit trail tells: people, fields, classes, purposes."""
    fields = sorted({name for one in reads for name in one["fields"]})
    classes = sorted({class_of(name).value for name in fields})
    return {
        "people": len({one["subject_id"] for one in reads if one["subject_id"]}),
        "fields": fields,
        "classes": classes,
        "sensitive": any(entry(name).label.legal.value == "sensitive" for name in fields),
        "purposes": sorted({one["purpose"] for one in reads if one["purpose"]}),
        "reads": sum(one["times"] for one in reads),
    }

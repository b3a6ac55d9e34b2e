"""The five mistakes of persona work, each an automatic check with its reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.persona.attributes.domain import Words

FRESH_FOR = timedelta(days=90)
FEWEST_CONTACTS = 3.0
"""Median records a person below which behaviour is mostly chance."""
STRONG_ASSOCIATION = 0.3
"""Cramér's V from which a group is too much a matter of a protected trait (Cohen: medium effect)."""
STABLE = 0.75
VERY_STABLE = 0.85
"""Hennig's threshold of a highly stable cluster."""
MANY = 100


_NOTHING = Words("Không cần làm gì thêm.", "Nothing to do.")


class Check(NamedTuple):
    """`green` or `red`, why, and what to do next."""

    status: str
    reason: Words
    action: Words = _NOTHING

    def view(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"status": self.status, "reason": self.reason._asdict(), "action": self.action._asdict()}


def _check(good: bool, reason: Words, action: Words) -> Check:
    return Check("green", reason) if good else Check("red", reason, action)


class Confidence(NamedTuple):
    """How far a persona may be relied on: `high`, `medium` or `low`, in plain words."""

    level: str
    words: Words

    def view(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"level": self.level, **self.words._asdict()}


def confidence_of(stability: float | None, n: int, checks: Mapping[str, Mapping[str, Any]]) -> Confidence:
    """High: every check green, stability of at least VERY_STABLE and MANY people. Low: unproven or doubtful groups, or
    two checks red. Medium: the rest."""
    red = [name for name, check in checks.items() if check["status"] != "green"]
    if stability is None or stability < STABLE or len(red) >= 2:
        return Confidence("low", Words(
            "Độ tin cậy thấp: hãy xem đây là gợi ý để hỏi thêm khách hàng, chưa phải để quyết định.",
            "Low confidence: take this as a hint for questions to customers, not as a ground for decisions.",
        ))  # fmt: skip
    if red or stability < VERY_STABLE or n < MANY:
        return Confidence("medium", Words(
            "Độ tin cậy trung bình: dùng được cho thử nghiệm nhỏ, nên kiểm tra lại trước khi đầu tư lớn.",
            "Medium confidence: good for small trials; check again before large spending.",
        ))  # fmt: skip
    return Confidence("high", Words(
        "Độ tin cậy cao: nhóm này xuất hiện lại mỗi lần tính và dựa trên đủ khách hàng.",
        "High confidence: this group comes back every time it is computed, and rests on enough customers.",
    ))  # fmt: skip


def unfair_criteria(strongest: float | None) -> Check:
    """Green where no audited protected trait is strongly associated with the groups."""
    if strongest is None:
        return _check(True, Words(
            "Không dùng đặc điểm được bảo vệ; không có dữ liệu để kiểm định liên hệ.",
            "No protected trait is used; there is no data to audit an association.",
        ), _NOTHING)  # fmt: skip
    return _check(strongest < STRONG_ASSOCIATION, Words(
        f"Không dùng đặc điểm được bảo vệ; liên hệ mạnh nhất V = {strongest:.2f} (ngưỡng {STRONG_ASSOCIATION}).",
        f"No protected trait is used; the strongest association is V = {strongest:.2f} (limit {STRONG_ASSOCIATION}).",
    ), Words(
        "Xem mục công bằng, bỏ thuộc tính đi kèm với đặc điểm được bảo vệ rồi chạy lại nghiên cứu.",
        "See the fairness report, leave out the attributes that follow the protected trait and run the study again.",
    ))  # fmt: skip


def too_little_interaction(median_contacts: float) -> Check:
    """Green where half of the people left at least FEWEST_CONTACTS records."""
    return _check(median_contacts >= FEWEST_CONTACTS, Words(
        f"Trung vị {median_contacts:g} bản ghi mỗi người (cần {FEWEST_CONTACTS:g}).",
        f"A median of {median_contacts:g} records a person (needed: {FEWEST_CONTACTS:g}).",
    ), Words(
        "Thu thập thêm: gửi một khảo sát ngắn cho nhóm này hoặc mở rộng khoảng thời gian của nghiên cứu.",
        "Collect more: send this group a short survey, or widen the window of the study.",
    ))  # fmt: skip


def not_updated(computed_at: datetime, facts_until: datetime, now: datetime) -> Check:
    """Green while the facts behind it are younger than FRESH_FOR."""
    age = (now - min(computed_at, facts_until)).days
    return _check(age <= FRESH_FOR.days, Words(
        f"Dữ liệu {age} ngày tuổi (tối đa {FRESH_FOR.days}).",
        f"The data is {age} days old (at most {FRESH_FOR.days}).",
    ), Words(
        "Chạy lại nghiên cứu với dữ liệu mới, hoặc đặt lịch làm mới tự động.",
        "Run the study again on new data, or give it a schedule.",
    ))  # fmt: skip


def unprofessional_method(method: str, stability: float | None) -> Check:
    """Green where the group was found by clustering and survives the bootstrap."""
    if stability is None:
        return _check(False, Words(
            "Quá ít dữ liệu để phân cụm: nhóm theo luật RFM, chưa được kiểm định độ ổn định.",
            "Too little data to cluster: groups by the RFM rule, their stability unproven.",
        ), Words(
            "Xin thêm đồng ý và dữ liệu: từ 60 khách hàng với ít nhất ba thuộc tính, nhóm được tìm và kiểm định.",
            "Gather consent and data: from 60 customers with three attributes on, groups are found and tested.",
        ))  # fmt: skip
    return _check(stability >= STABLE, Words(
        f"{method}, Jaccard bootstrap {stability:.2f} (cần {STABLE}).",
        f"{method}, bootstrap Jaccard {stability:.2f} (needed: {STABLE}).",
    ), Words(
        "Chỉ dùng như gợi ý; giảm số chân dung tối đa hoặc thu thập thêm dữ liệu rồi chạy lại.",
        "Use as a hint only; ask for fewer personas or collect more data, then run again.",
    ))  # fmt: skip


def no_objective(objective: str, metric: str) -> Check:
    """Green where the study says what it is for; a study without is refused, so this cannot be red by itself."""
    return _check(bool(objective.strip() and metric), Words(
        f"Mục tiêu: {objective} Thước đo: {metric}.", f"Objective: {objective} Metric: {metric}."
    ), Words("Nêu mục tiêu và thước đo, rồi tạo nghiên cứu mới.", "State an objective and a metric in a new study."))  # fmt: skip

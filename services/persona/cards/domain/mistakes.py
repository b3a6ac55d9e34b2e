"""The five mistakes of persona work, each an automatic check with its reason."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.persona.attributes.domain import Words

FRESH_FOR = timedelta(days=90)
FEWEST_CONTACTS = 3.0
"""Median records a person below which behaviour is mostly chance."""
STRONG_ASSOCIATION = 0.3
"""Cramér's V from which a group is too much a matter of a protected trait (Cohen: medium effect)."""
STABLE = 0.75


class Check(NamedTuple):
    """`green` or `red`, and why."""

    status: str
    reason: Words

    def view(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"status": self.status, "reason": self.reason._asdict()}


def _check(good: bool, reason: Words) -> Check:
    return Check("green" if good else "red", reason)


def unfair_criteria(strongest: float | None) -> Check:
    """Green where no audited protected trait is strongly associated with the groups."""
    if strongest is None:
        return _check(True, Words(
            "Không dùng đặc điểm được bảo vệ; không có dữ liệu để kiểm định liên hệ.",
            "No protected trait is used; there is no data to audit an association.",
        ))  # fmt: skip
    return _check(strongest < STRONG_ASSOCIATION, Words(
        f"Không dùng đặc điểm được bảo vệ; liên hệ mạnh nhất V = {strongest:.2f} (ngưỡng {STRONG_ASSOCIATION}).",
        f"No protected trait is used; the strongest association is V = {strongest:.2f} (limit {STRONG_ASSOCIATION}).",
    ))  # fmt: skip


def too_little_interaction(median_contacts: float) -> Check:
    """Green where half of the people left at least FEWEST_CONTACTS records."""
    return _check(median_contacts >= FEWEST_CONTACTS, Words(
        f"Trung vị {median_contacts:g} bản ghi mỗi người (cần {FEWEST_CONTACTS:g}).",
        f"A median of {median_contacts:g} records a person (needed: {FEWEST_CONTACTS:g}).",
    ))  # fmt: skip


def not_updated(computed_at: datetime, facts_until: datetime, now: datetime) -> Check:
    """Green while the facts behind it are younger than FRESH_FOR."""
    age = (now - min(computed_at, facts_until)).days
    return _check(age <= FRESH_FOR.days, Words(
        f"Dữ liệu {age} ngày tuổi (tối đa {FRESH_FOR.days}).",
        f"The data is {age} days old (at most {FRESH_FOR.days}).",
    ))  # fmt: skip


def unprofessional_method(method: str, stability: float | None) -> Check:
    """Green where the group was found by clustering and survives the bootstrap."""
    if stability is None:
        return _check(False, Words(
            "Quá ít dữ liệu để phân cụm: nhóm theo luật RFM, chưa được kiểm định độ ổn định.",
            "Too little data to cluster: groups by the RFM rule, their stability unproven.",
        ))  # fmt: skip
    return _check(stability >= STABLE, Words(
        f"{method}, Jaccard bootstrap {stability:.2f} (cần {STABLE}).",
        f"{method}, bootstrap Jaccard {stability:.2f} (needed: {STABLE}).",
    ))  # fmt: skip


def no_objective(objective: str, metric: str) -> Check:
    """Green where the study says what it is for; a study without is refused, so this cannot be red by itself."""
    return _check(bool(objective.strip() and metric), Words(
        f"Mục tiêu: {objective} Thước đo: {metric}.", f"Objective: {objective} Metric: {metric}."
    ))  # fmt: skip

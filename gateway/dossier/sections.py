"""The drafts in Vietnamese, as sections that every format lays out alike. What only people know is marked to be filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.consent.domain import HERE
from gateway.dossier.domain import BREACH_HOURS, REVIEW_MONTHS, Profile, dossier_duty, hours_left, risks_of
from gateway.privacy.domain import CLOCKS, Kind

FILL: Final = "[cần điền]"
TIERS: Final = {
    "linked": "định danh trực tiếp",
    "linkable": "định danh khi kết hợp",
    "non_pii": "không định danh",
}
LEGAL: Final = {"basic": "cơ bản", "sensitive": "nhạy cảm"}
RIGHTS: Final = {
    Kind.ACCESS: "Xem, nhận bản sao",
    Kind.PORTABILITY: "Chuyển dữ liệu",
    Kind.RECTIFY: "Chỉnh sửa",
    Kind.ERASE: "Xoá",
    Kind.RESTRICT: "Hạn chế xử lý",
    Kind.OBJECT: "Phản đối",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, and a table where there is one."""

    title: str
    paragraphs: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A draft."""

    title: str
    subtitle: str
    sections: Sequence[Section] = field(default_factory=tuple)


def impact_dossier(facts: Mapping[str, Any]) -> Document:
    """The dossier of the impact assessment of processing, from the record of processing."""
    sensitive = any(one["legal"] == "sensitive" for one in facts["fields"])
    duty = dossier_duty(Profile(facts["profile"]), facts["people"], sensitive=sensitive)
    return Document(
        "HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN",
        f"Bản nháp lập ngày {_day(facts['generated_at'])} từ dữ liệu thực tế của hệ thống; luật sư cần xác nhận.",
        [
            Section(
                "1. Bên kiểm soát dữ liệu",
                [
                    f"Tên: {facts['controller'] or FILL}.",
                    f"Địa chỉ, người đại diện, bộ phận bảo vệ dữ liệu: {FILL}.",
                    f"Nghĩa vụ lập hồ sơ: {'có' if duty.files else 'chưa bắt buộc'}. {duty.because}",
                    f"Cập nhật mỗi {REVIEW_MONTHS} tháng hoặc khi có thay đổi.",
                ],
            ),
            _purposes(facts),
            _data(facts),
            Section(
                "4. Chủ thể dữ liệu",
                [
                    f"Số người: {facts['people']:,}. Trong đó trẻ em đã ghi nhận: {facts['children']:,}.",
                    f"Nguồn thu thập: {', '.join(one['key'] for one in facts['sources']) or FILL}.",
                ],
            ),
            _recipients(facts),
            _retention(facts),
            Section("7. Biện pháp bảo vệ", facts["measures"]),
            Section(
                "8. Rủi ro và biện pháp giảm thiểu (1 thấp – 3 cao)",
                head=("Rủi ro", "Khả năng", "Mức độ", "Biện pháp"),
                rows=[(one.what, str(one.likely), str(one.grave), one.against) for one in risks_of(facts)],
            ),
            _rights(facts),
            Section(
                "10. Kết luận và ký duyệt", [f"Đánh giá của người phụ trách: {FILL}.", f"Ký tên: {FILL}."]
            ),
        ],
    )


def breach_report(facts: Mapping[str, Any], breach: Mapping[str, Any], now: datetime) -> Document:
    """The notice of a breach, due within 72 hours of its detection; what was reached comes from the audit trail."""
    reach, left = breach["reach"], hours_left(breach["detected_at"], now)
    due = breach["detected_at"] + timedelta(hours=BREACH_HOURS)
    late = f"còn {left} giờ" if left >= 0 else f"đã quá {-left} giờ, cần nêu lý do chậm"
    return Document(
        "THÔNG BÁO VI PHẠM QUY ĐỊNH VỀ BẢO VỆ DỮ LIỆU CÁ NHÂN",
        f"Bản nháp. Gửi trước {_moment(due)} ({late}).",
        [
            Section(
                "1. Bên thông báo",
                [f"Tên: {facts['controller'] or FILL}.", f"Đầu mối liên hệ, điện thoại: {FILL}."],
            ),
            Section(
                "2. Diễn biến",
                [
                    f"Phát hiện lúc: {_moment(breach['detected_at'])}.",
                    f"Khoảng thời gian: {_moment(breach['since'])} đến {_moment(breach['until'])}.",
                    f"Mô tả: {breach['description'] or FILL}.",
                    f"Nguyên nhân: {breach['cause'] or FILL}.",
                ],
            ),
            Section(
                "3. Dữ liệu và người bị ảnh hưởng (theo nhật ký truy cập)",
                [
                    f"Số người: {reach['people']:,}; số lần đọc: {reach['reads']:,}.",
                    f"Nhóm dữ liệu: {', '.join(reach['classes']) or 'không có'}"
                    f" ({'có' if reach['sensitive'] else 'không có'} dữ liệu nhạy cảm).",
                    f"Trường: {', '.join(reach['fields']) or 'không có'}.",
                    f"Mục đích đã khai: {', '.join(reach['purposes']) or 'không có'}.",
                ],
                head=("Ứng dụng", "Mục đích", "Trường", "Số lần", "Lần cuối"),
                rows=[_read(one) for one in breach["reads"]],
            ),
            Section("4. Hậu quả có thể xảy ra", [breach["consequences"] or FILL]),
            Section("5. Biện pháp đã và sẽ thực hiện", [breach["measures"] or FILL, *facts["measures"]]),
            Section("6. Ký duyệt", [f"Người đại diện: {FILL}."]),
        ],
    )


def _read(one: Mapping[str, Any]) -> Sequence[str]:
    fields = ", ".join(one["fields"])
    return (one["client"], one["purpose"] or "", fields, str(one["times"]), _moment(one["last_at"]))


def _purposes(facts: Mapping[str, Any]) -> Section:
    rows = [
        (one["purpose"], ", ".join(one["notices"]) or FILL, ", ".join(one["clients"]) or "không có")
        for one in facts["purposes"]
    ]
    told = ["Cơ sở: sự đồng ý theo từng mục đích; riêng «service» còn theo hợp đồng, «legal» theo luật."]
    return Section("2. Mục đích xử lý", told, ("Mục đích", "Thông báo", "Ứng dụng được dùng"), rows)


def _data(facts: Mapping[str, Any]) -> Section:
    rows = [
        (one["field"], one["class"], TIERS[one["tier"]], LEGAL[one["legal"]], "có" if one["sealed"] else "")
        for one in facts["fields"]
    ]
    kinds = ", ".join(f"{one['kind']} ({LEGAL[one['legal']]})" for one in facts["families"])
    head = ("Trường", "Nhóm", "Mức định danh", "Loại theo luật", "Niêm phong")
    return Section("3. Dữ liệu cá nhân", [f"Dữ liệu hành vi và thái độ: {kinds}."], head, rows)


def _recipients(facts: Mapping[str, Any]) -> Section:
    rows = [
        (
            one["name"],
            "bên xử lý" if one["role"] == "processor" else "bên nhận",
            one["country"],
            ", ".join(one["purposes"]),
            ", ".join(one["data"]),
            one["basis"] or "",
        )
        for one in facts["recipients"]
        if not one["ended_at"]
    ]
    told = [] if rows else ["Sổ đăng ký chưa có bên nhận hoặc bên xử lý nào."]
    head = ("Tên", "Vai trò", "Nước", "Mục đích", "Dữ liệu", "Cơ sở chuyển")
    return Section("5. Bên nhận, bên xử lý và chuyển dữ liệu ra nước ngoài", told, head if rows else (), rows)


def _retention(facts: Mapping[str, Any]) -> Section:
    rows = [(one["key"], f"{one['days']} ngày", one["reason"]["vi"]) for one in facts["retention"]]
    return Section("6. Thời gian lưu trữ", [], ("Quy tắc", "Thời gian", "Lý do"), rows)


def _rights(facts: Mapping[str, Any]) -> Section:
    counts = facts["requests"]["by_kind"]
    rows = [
        (RIGHTS[kind], f"{clock.own} / {clock.with_processors} ngày", str(counts.get(kind.value, 0)))
        for kind, clock in CLOCKS.items()
    ]
    told = [f"Đang quá hạn: {facts['requests']['overdue']}."]
    return Section("9. Quyền của chủ thể dữ liệu", told, ("Quyền", "Thời hạn", "Đã nhận"), rows)


def _day(moment: datetime) -> str:
    return moment.astimezone(HERE).strftime("%d/%m/%Y")


def _moment(moment: datetime) -> str:
    return moment.astimezone(HERE).strftime("%H:%M ngày %d/%m/%Y")

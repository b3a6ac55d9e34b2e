"""One record of every kind as a Vietnamese business would send it, about invented people: shown in the API's document."""

from typing import Any, Final

_CONSENT: Final = {
    "notice": "core",
    "version": 1,
    "purposes": ["service", "analytics", "profiling"],
    "method": "form",
    "captured_at": "2026-11-20T10:00:00+07:00",
    "proof": "phieu-dang-ky-000123",
}
_WHO: Final = {
    "identifiers": {"phone": "0912 345 678", "email": "anh.nguyen@example.com", "external_id": "crm:123"},
    "attributes": {
        "full_name": "Nguyễn Thị Ánh",
        "date_of_birth": "1990-04-01",
        "gender": "female",
        "address": {"line": "12 Lê Lợi", "ward": "Phường Sài Gòn", "province": "TP. Hồ Chí Minh"},
        "occupation": "giáo viên",
    },
}
_PAYLOADS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "profile": ("crm", "Hồ sơ khách hàng", {}),
    "interaction": (
        "web",
        "Xem một sản phẩm trên trang web",
        {"name": "Product Viewed", "properties": {"category": "áo dài", "price": 450_000}},
    ),
    "transaction": (
        "transaction",
        "Mua hàng tại cửa hàng",
        {
            "order_id": "DH-2026-0042",
            "items": [
                {
                    "sku": "AD-01",
                    "name": "Áo dài lụa",
                    "category": "áo dài",
                    "quantity": 1,
                    "unit_price": 450_000,
                },
                {
                    "sku": "NL-07",
                    "name": "Nón lá",
                    "category": "phụ kiện",
                    "quantity": 2,
                    "unit_price": 60_000,
                },
            ],
            "total": 550_000,
            "currency": "VND",
            "discount": 20_000,
            "payment_method": "chuyển khoản",
            "returned": False,
        },
    ),
    "survey": (
        "survey",
        "Trả lời khảo sát",
        {"form": "hai-long-2026", "answers": {"hai_long": 4, "ly_do": "Nhân viên tư vấn rất kỹ"}},
    ),
    "interview": (
        "interview",
        "Phỏng vấn khách hàng",
        {"text": "Chị thường mua vào dịp Tết, thích hàng may sẵn vì không có thời gian đi đo.", "rating": 4},
    ),
    "attendance": ("event", "Đến dự sự kiện", {"event_name": "Ngày hội áo dài Huế"}),
    "referral": (
        "referral",
        "Giới thiệu người quen (người này chưa đồng ý điều gì)",
        {"referred_identifiers": {"phone": "0987 654 321"}},
    ),
    "feedback": ("app", "Góp ý sau khi mua", {"text": "Giao hàng nhanh, đóng gói đẹp.", "rating": 5}),
    "market_note": (
        "competitor",
        "Ghi chú thị trường, không về ai",
        {"text": "Đối thủ giảm giá 20% dòng áo dài cách tân.", "brand": "Thương hiệu B", "price": 380_000},
    ),
}


def example_of(kind: str) -> dict[str, Any]:
    """A whole record of a kind."""
    channel, _, payload = _PAYLOADS[kind]
    number = list(_PAYLOADS).index(kind)
    made: dict[str, Any] = {
        "id": f"01936c5e-7a10-7c3e-8f00-00000000000{number}",
        "source": "default",
        "channel": channel,
        "kind": kind,
        "occurred_at": "2026-11-20T10:02:11+07:00",
        "payload": payload,
    }
    about = {} if kind == "market_note" else {"subject": _WHO, "consent": _CONSENT}
    taken = {"collector": {"id": "staff-77", "duration_ms": 83_000}} if kind == "interview" else {}
    return {**made, **about, **taken}


def named_examples() -> dict[str, Any]:
    """OpenAPI examples of a single record, by kind."""
    return {kind: {"summary": told, "value": example_of(kind)} for kind, (_, told, _) in _PAYLOADS.items()}

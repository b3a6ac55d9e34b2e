"""Deliveries as the providers write and sign them; every person in them is invented."""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from typing import Any

from services.ingest.webhooks.domain.signatures import standard_key

SECRET = "bí mật của ứng dụng"
"""What the tests' hooks are registered with."""


def signed(
    kind: str, body: bytes, secret: str = SECRET, *, topic: str = "", at: float | None = None
) -> dict[str, str]:
    """The headers of a delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256)
    if kind == "meta":
        return {"X-Hub-Signature-256": "sha256=" + digest.hexdigest()}
    if kind == "kiotviet":
        return {"X-Hub-Signature": digest.hexdigest()}
    if kind == "haravan":
        return {
            "X-Haravan-Hmacsha256": b64encode(digest.digest()).decode(),
            "X-Haravan-Topic": topic,
            "X-Haravan-Org-Id": "1000000001",
        }
    if kind == "sapo":
        return {"X-Sapo-Hmac-SHA256": b64encode(digest.digest()).decode(), "X-Sapo-Topic": topic}
    moment = str(int(at if at is not None else time.time()))
    content = f"msg_1.{moment}.".encode() + body
    signature = hmac.digest(standard_key(secret), content, "sha256")
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": moment,
        "webhook-signature": "v1,AAAA v1," + b64encode(signature).decode(),
    }


def written(document: Any) -> bytes:
    """As a provider writes it."""
    return json.dumps(document, ensure_ascii=False).encode()


def kiotviet_customer(**changed: Any) -> dict[str, Any]:
    """KiotViet's customer.update."""
    customer = {
        "Id": 810_001, "Code": "KH000123", "Name": "Đỗ Thu Hà", "Gender": False,
        "BirthDate": "1992-03-08T00:00:00.0000000", "ContactNumber": "0912 000 111", "Address": "12 ngõ Cây Khế",
        "LocationName": "Hà Nội - Quận Ba Đình", "WardName": "Phường Ngọc Hà", "Email": "ha.do@example.com",
        "ModifiedDate": "2026-11-20T09:15:00.1234567", "Type": 0, "TaxCode": "", "Comments": "",
        **changed,
    }  # fmt: skip
    return {
        "Id": "n-1",
        "Attempt": 1,
        "Notifications": [{"Action": "customer.update.500777", "Data": [customer]}],
    }


def kiotviet_invoice(**changed: Any) -> dict[str, Any]:
    """KiotViet's invoice.update, with a second notification that no rule is for."""
    invoice = {
        "Id": 920_001, "Code": "HD000077", "PurchaseDate": "2026-11-20T10:02:11.0000000", "BranchId": 1,
        "CustomerId": 810_001, "CustomerCode": "KH000123", "CustomerName": "Đỗ Thu Hà", "Total": 185000.0,
        "TotalPayment": 185000.0, "Discount": 15000.0, "Status": 1, "StatusValue": "Hoàn thành",
        "ModifiedDate": "2026-11-20T10:02:12.0000000", "Payments": [{"Method": "Cash", "Amount": 185000.0}],
        "InvoiceDetails": [
            {"ProductCode": "CF01", "ProductName": "Cà phê sữa", "Quantity": 2.0, "Price": 100000.0},
        ],
        **changed,
    }  # fmt: skip
    stock = {"Action": "stock.update.500777", "Data": [{"ProductId": 1, "OnHand": 3}]}
    return {
        "Id": "n-2",
        "Attempt": 1,
        "Notifications": [{"Action": "invoice.update.500777", "Data": [invoice]}, stock],
    }


def shop_customer(**changed: Any) -> dict[str, Any]:
    """Haravan's and Sapo's customer."""
    return {
        "id": 1_036_001, "email": "lan.vu@example.com", "phone": "0987000222", "first_name": "Mai Lan",
        "last_name": "Vũ", "gender": 0, "birthday": "1988-12-01T00:00:00Z", "updated_at": "2026-11-19T03:00:00.123Z",
        "created_at": "2025-01-02T03:00:00Z",
        "default_address": {"address1": "5 Lý Thường Kiệt", "ward": "Phường Cửa Nam", "province": "Hà Nội"},
        **changed,
    }  # fmt: skip


def shop_order(**changed: Any) -> dict[str, Any]:
    """Haravan's and Sapo's order."""
    return {
        "id": 77_001, "name": "#100077", "order_number": "#100077", "created_at": "2026-11-20T02:00:00Z",
        "updated_at": "2026-11-20T02:00:01Z", "total_price": 250000.0, "total_discounts": 0.0, "currency": "VND",
        "financial_status": "pending", "gateway": "Thanh toán khi giao hàng (COD)", "email": "lan.vu@example.com",
        "cancelled_at": None, "customer": shop_customer(),
        "line_items": [{"sku": "AO-01", "title": "Áo lụa", "type": "Áo", "quantity": 1, "price": 250000.0}],
        **changed,
    }  # fmt: skip


def lead_notice(*leads: str) -> dict[str, Any]:
    """Meta's notification of leads, and of something else."""
    changes = [
        {
            "field": "leadgen",
            "value": {"leadgen_id": lead, "form_id": "333", "page_id": "444", "created_time": 1_795_000_000},
        }
        for lead in leads
    ]
    return {
        "object": "page",
        "entry": [
            {"id": "444", "time": 1_795_000_001, "changes": [*changes, {"field": "feed", "value": {}}]}
        ],
    }


def lead(key: str, **answers: str) -> dict[str, Any]:
    """A lead as the Graph API tells it."""
    given = {
        "full_name": "Lý Minh Châu",
        "phone_number": "+84913000333",
        "email": f"lead{key}@example.com",
        **answers,
    }
    return {
        "id": key, "created_time": "2026-11-20T04:00:00+0000", "form_id": "333", "ad_id": "555", "campaign_id": "666",
        "field_data": [{"name": name, "values": [value]} for name, value in given.items()],
        "custom_disclaimer_responses": [{"checkbox_key": "marketing_ok", "is_checked": "1"}],
    }  # fmt: skip

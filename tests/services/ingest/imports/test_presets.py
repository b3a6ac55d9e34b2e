"""The exports of well-known systems are understood without a word. Every file here is invented."""

from pathlib import Path
from typing import Any

import pytest

from services.ingest.imports.domain.presets import presets
from tests.services.ingest.imports.reading_files import read

FIXTURES = Path(__file__).parent / "fixtures"
CUSTOMERS = {
    "kiotviet.csv": {"external_id": "kiotviet:KH000002", "phone": "0987654321"},
    "sapo.csv": {"external_id": "sapo:CUZN00002", "phone": "0905.888.102"},
    "haravan.csv": {"external_id": "haravan:1002", "email": "bao@example.com"},
    "misa.xls": {"external_id": "misa:KH00002", "phone": "0905888105"},
}
ORDERS = {
    "pancake.csv": ("PK1001", 330_000, 2, {"phone": "0912345678"}),
    "shopee.xlsx": ("2411200ABC1", 368_000, 2, {"social": {"shopee": "mua_sam_vui_01"}}),
    "tiktok_shop.xlsx": ("578900000000000001", 240_000, 2, {"social": {"tiktok_shop": "thich.mua.do"}}),
}


def test_every_preset_has_a_fixture() -> None:
    assert set(presets()) == {Path(name).stem for name in (*CUSTOMERS, *ORDERS)}


@pytest.mark.parametrize("name", CUSTOMERS)
def test_customers_are_recognised(name: str) -> None:
    layout, records, _ = read((FIXTURES / name).read_bytes())
    assert (layout.preset, layout.kind, len(records)) == (Path(name).stem, "profile", 2)
    assert records[1]["subject"]["identifiers"] == CUSTOMERS[name]
    assert records[0]["subject"]["attributes"]["full_name"]


@pytest.mark.parametrize("name", ORDERS)
def test_lines_of_an_order_are_one_purchase(name: str) -> None:
    layout, records, problems = read((FIXTURES / name).read_bytes())
    assert (layout.preset, layout.kind) == (Path(name).stem, "transaction")
    bought, sent_back = records
    order, total, items, who = ORDERS[name]
    assert bought["subject"]["identifiers"] == who
    payload: dict[str, Any] = bought["payload"]
    assert (payload["order_id"], payload["total"], len(payload["items"])) == (order, total, items)
    assert bought["occurred_at"].startswith("2026-11-20T10:02:")
    assert "returned" not in payload
    assert sent_back["payload"]["returned"] is True
    assert "order-cancelled" in {one.code for one in problems}


def test_an_order_is_the_same_record_in_every_export_that_holds_it() -> None:
    rows = (FIXTURES / "pancake.csv").read_text("utf-8").splitlines()
    whole, later = read("\n".join(rows).encode())[1], read("\n".join([rows[0], rows[-1]]).encode())[1]
    assert later == whole[-1:]


def test_masked_names_and_phones_identify_nobody() -> None:
    for name in ("shopee.xlsx", "tiktok_shop.xlsx"):
        _, records, problems = read((FIXTURES / name).read_bytes())
        assert all("phone" not in one["subject"]["identifiers"] for one in records)
        assert all("full_name" not in one["subject"]["attributes"] for one in records)
        assert "masked" in {one.code for one in problems}

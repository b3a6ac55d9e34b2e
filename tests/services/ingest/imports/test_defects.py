"""What is wrong with files as people have them, one test a defect."""

import pytest

from kernel.spreadsheets import csv_lines
from tests.services.ingest.imports.reading_files import broken, phones, read
from tests.workbooks import xlsx


def test_numbers_that_a_spreadsheet_made_of_phones_are_phones_again() -> None:
    rows = [
        ["Họ tên", "SĐT"],
        ["A", 912345678.0],
        ["B", "987654321"],
        ["C", "9.05888101E8"],
        ["D", '="0905888102"'],
    ]
    assert phones(xlsx(rows)) == ["0912345678", "0987654321", "0905888101", "0905888102"]


def test_digits_that_a_spreadsheet_rounded_away_are_not_invented() -> None:
    _, records, problems = read("Họ tên,SĐT\nA,9.12E+08\n".encode())
    assert records[0]["subject"]["identifiers"] == {}
    assert [(one.row, one.code) for one in problems] == [(2, "digits-lost")]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.234.567đ", 1_234_567), ("1,234,567 VND", 1_234_567), ("1.234.567,50", 1_234_567.5), ("500k", 500_000),
        ("1tr2", 1_200_000), ("1,5 triệu", 1_500_000), ("(10.000)", -10_000), ("₫120.000", 120_000), ("1234567", 1_234_567),
    ],
)  # fmt: skip
def test_money_is_read_as_it_is_written_here(written: str, amount: float) -> None:
    _, records, _ = read(f"Mã đơn hàng;SĐT;Tổng tiền\nD1;0912345678;{written}\n".encode(), kind="transaction")
    assert (records[0]["payload"]["total"], records[0]["payload"]["currency"]) == (amount, "VND")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("01/04/1990", "1990-04-01"), ("1-4-90", "1990-04-01"), ("1.4.1990", "1990-04-01"), ("32964", "1990-04-01"),
        ("1990-04-01", "1990-04-01"), ("ngày 1 tháng 4 năm 1990", "1990-04-01"), ("12/31/1990", "1990-12-31"),
        ("5/3/05", "2005-03-05"), ("1990", "1990"), ("32/1/1990", "32/1/1990"),
    ],
)  # fmt: skip
def test_dates_begin_with_the_day(written: str, day: str) -> None:
    _, records, _ = read(f"SĐT,Ngày sinh\n0912345678,{written}\n".encode())
    assert records[0]["subject"]["attributes"]["date_of_birth"] == day


def test_an_unreadable_date_of_purchase_waits_rather_than_being_guessed() -> None:
    _, records, problems = read("SĐT,Ngày mua,Tổng tiền\n0912345678,hôm qua,5\n".encode(), kind="transaction")
    assert records[0]["occurred_at"] == "hôm qua"
    assert problems[0].code == "date-unreadable"


def test_a_header_of_two_rows_with_merged_cells_names_every_column() -> None:
    rows = [
        ["BÁO CÁO KHÁCH HÀNG", None, None, None],
        ["Khách hàng", None, "Liên hệ", None],
        ["Mã KH", "Họ và tên", "Điện thoại", "Email"],
        ["KH1", "Lý Bảo Trân", "0912345678", "tran@example.com"],
    ]
    layout, records, _ = read(xlsx(rows, merged=["A1:D1", "A2:B2", "C2:D2"]))
    assert layout.data_row == 4
    assert [one.column for one in layout.columns][2:] == ["Liên hệ / Điện thoại", "Liên hệ / Email"]
    assert records[0]["subject"]["identifiers"] == {
        "external_id": "KH1", "phone": "0912345678", "email": "tran@example.com",
    }  # fmt: skip


def test_rows_are_numbered_as_the_sheet_numbers_them() -> None:
    content = "Danh sách khách\n\nHọ tên,SĐT\nA,0912345678\n,\nB,******67\n"
    _, records, problems = read(content.encode())
    assert len(records) == 2
    assert [(one.row, one.code) for one in problems] == [(6, "masked")]


def test_a_row_with_too_many_cells_is_told_and_no_record() -> None:
    _, records, problems = read("Họ tên,SĐT\nA,0912345678,thừa\nB,0987654321\n".encode())
    assert len(records) == 1
    assert [(one.row, one.code) for one in problems] == [(2, "cells-too-many")]


def test_cells_hold_line_breaks_and_separators_in_quotes() -> None:
    content = 'Họ tên;SĐT;Địa chỉ\r\n"Lý; Trân";0912345678;"12 Lê Lợi\nHuế"\r\n'
    _, records, _ = read(content.encode())
    assert records[0]["subject"]["attributes"]["full_name"] == "Lý; Trân"


def test_the_lines_of_an_order_may_stand_anywhere() -> None:
    content = "Mã đơn hàng,SĐT,Tên hàng,Số lượng,Đơn giá\n" + "".join(
        f"D{row % 3},091234567{row % 3},Áo {row},1,1000\n" for row in range(9)
    )
    _, records, _ = read(content.encode(), kind="transaction")
    assert [(one["payload"]["order_id"], one["payload"]["total"]) for one in records] == [
        ("D0", 3000), ("D1", 3000), ("D2", 3000),
    ]  # fmt: skip


def test_what_was_stored_already_is_not_read_again() -> None:
    content = ("Họ tên,SĐT\n" + "".join(f"A,09{row:08d}\n" for row in range(1_200))).encode()
    whole, rest = read(content)[1], read(content, after=501)[1]
    assert rest == whole[500:]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"\n\n\n", "file-empty"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file-html"),
        (b"PK\x03\x04 and nothing more", "spreadsheet-broken"),
        ("Họ tên,SĐT\nA,0912345678\n".encode() + b"x" * 300_000 + b"\xff\xfe,1\n", "encoding-wrong"),
    ],
)
def test_what_is_no_table_says_why(content: bytes, code: str) -> None:
    assert broken(content) == code


@pytest.mark.parametrize("cell", ["=1+1", "+84912", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    written = csv_lines([("a", cell, "b")])
    assert written.split(",", 1)[1].lstrip('"').startswith("'")


def test_columns_are_suggested_in_both_languages_with_confidence() -> None:
    layout, _, _ = read("Full name,Số ĐT,Ngày tháng năm sinh,Sở thích\nA,0912345678,1/1/90,x\n".encode())
    told = {one.column: (one.field, one.confidence) for one in layout.columns}
    assert told["Full name"] == ("subject.attributes.full_name", 1.0)
    assert told["Số ĐT"] == ("subject.identifiers.phone", 1.0)
    assert told["Ngày tháng năm sinh"] == ("subject.attributes.date_of_birth", 1.0)
    assert told["Sở thích"] == ("", 0.0)


def test_a_mapping_that_does_not_fit_is_refused_by_column() -> None:
    layout, records, _ = read(b"a,b\n1,2\n", mapping={"a": "payload.nothing", "c": "payload.total"})
    assert records == []
    assert [column for column, _ in layout.mistakes] == ["a", "c"]

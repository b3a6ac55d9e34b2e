"""Free text loses what points at a person and keeps what it says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.phone import plan
from kernel.privacy.names import strip_accents
from kernel.privacy.redaction import redact, suspicious

FOUND = [
    ("Gọi em số 0912 345 678 nhé", "Gọi em số [phone] nhé"),
    ("sđt0912345678", "sđt[phone]"),
    ("0912.345.678, 0987-654-321", "[phone], [phone]"),
    ("+84 (0)912 345 678", "[phone]"),
    ("số ０９１２３４５６７８", "số [phone]"),
    ("0 9 1 2 3 4 5 6 7 8", "[phone]"),
    ("máy bàn 024 3825 1234", "máy bàn [phone]"),
    ("số cũ 0162 987 6543", "số cũ [phone]"),
    ("sđt: 912345678", "sđt: [phone]"),
    ("+1 415 555 2671", "[phone]"),
    ("thư về lan.example+a@example.com.vn nha", "thư về [email] nha"),
    ("CCCD 079190012345", "CCCD [national_id]"),
    ("số 079 190 012 345 của em", "số [national_id] của em"),
    ("cmnd: 024123457", "cmnd: [national_id]"),
    ("MST 0100109106", "MST [tax_code]"),
    ("hộ chiếu B1234567", "hộ chiếu [passport]"),
    ("GPLX 790123456789", "GPLX [driver_licence]"),
    ("thẻ 4111 1111 1111 1111", "thẻ [payment_card]"),
    ("stk 19001234567890 nhé", "stk [bank_account] nhé"),
    ("fb: https://www.facebook.com/lan.example nha", "fb: [url] nha"),
    ("zalo.me/lanexample", "[url]"),
    ("Số nhà 12/3 đường Lê Lợi, phường Bến Nghé, quận 1 nha", "[address] nha"),
    ("giao đến 45 Nguyễn Huệ, Q1 giúp mình", "giao đến [address] giúp mình"),
    ("địa chỉ: 12 Trần Phú, Hải Châu, Đà Nẵng", "địa chỉ: [address]"),
    ("ở phường Tân Định", "ở [address]"),
    ("trong ngõ 5 đó", "trong [address] đó"),
    ("Tôi là Nguyễn Thị Ánh", "Tôi là [name]"),
    ("NGUYEN THI ANH DA MUA HANG", "[name] DA MUA HANG"),
    ("Nguyen Thi Anh da mua", "[name] da mua"),
    ("ten toi la nguyen van an nhe shop", "ten toi la [name] nhe shop"),
    ("họ tên: trần văn bình", "họ tên: [name]"),
    ("nguyễn thị ánh mua 2 hộp", "[name] mua 2 hộp"),
    ("Lê Thị Mai Hương viết", "[name] viết"),
    ("ĐẶNG VĂN LÂM", "[name]"),
    ("chị Hoa giao hàng nhanh", "chị [name] giao hàng nhanh"),
    ("Cô Hương và bác Tư rất tốt", "Cô [name] và bác [name] rất tốt"),
    ("Em Lan ơi", "Em [name] ơi"),
    ("Mr John đến từ Mỹ", "Mr [name] đến từ Mỹ"),
]
LEFT = [
    "Sản phẩm dùng rất tốt nhưng giao hàng chậm quá, cảm ơn nhiều",
    "Sữa rửa mặt tạo bọt Cetaphil Gentle 500ml",
    "Áo khoác đỏ size L",
    "Đồ ăn ngon, lý do là giá rẻ",
    "DO AN NGON QUA",
    "Hà Nội đẹp lắm, Hồ Chí Minh nóng",
    "Chú ý hàng dễ vỡ",
    "Anh chị cho hỏi",
    "Anh em ơi",
    "tôi là khách hàng mới",
    "xa Hà Nội quá",
    "Đang giao hàng",
    "giá 1.500.000.000 đồng",
    "09-12-2023 10:30 nhận hàng",
    "mã đơn 202611201234",
    "đường Nguyễn Huệ đông",
    "tổng đài 1900 1234",
]
SENTENCES = [text for text, _ in FOUND] + LEFT


@pytest.mark.parametrize(("text", "redacted"), FOUND)
def test_what_points_at_a_person_becomes_a_token(text: str, redacted: str) -> None:
    assert redact(text).text == redacted
    assert suspicious(text)


@pytest.mark.parametrize("text", LEFT)
def test_what_points_at_nobody_stays(text: str) -> None:
    assert redact(text) == (text, [])


@pytest.mark.parametrize(
    "written", ["Nguyễn Thị Ánh", "NGUYỄN THỊ ÁNH", "Nguyen Thi Anh", "nguyen thi  anh", "Ánh Nguyễn"]
)
def test_a_known_name_goes_in_every_writing(written: str) -> None:
    redacted = redact(f"xin chào, {written}, hẹn gặp lại", known=["Nguyễn Thị Ánh"])
    assert redacted.text == "xin chào, [name], hẹn gặp lại"


def test_a_known_given_name_goes_only_with_its_capital() -> None:
    assert redact("Ánh vui, ánh sáng đẹp", known=["Nguyễn Thị Ánh"]).text == "[name] vui, ánh sáng đẹp"


def test_other_known_values_go_too() -> None:
    assert redact("mã KH-77x của tôi", known=["kh-77x"]).text == "mã [id] của tôi"


def test_decomposed_text_is_understood() -> None:
    assert redact(unicodedata.normalize("NFD", "Tôi là Nguyễn Thị Ánh")).text == "Tôi là [name]"


mobiles = st.builds(
    str.__add__, st.sampled_from(sorted(plan.CARRIERS)), st.from_regex(r"[0-9]{6}[1-9]", fullmatch=True)
)
separators = st.sampled_from(["", " ", ".", "-", " - "])


@given(mobiles.filter(lambda number: len(set(number)) > 1), separators, st.sampled_from(SENTENCES))
def test_no_mobile_survives_any_writing(number: str, separator: str, sentence: str) -> None:
    written = separator.join(("0" + number[:3], number[3:6], number[6:]))
    assert written not in redact(f"{sentence}; {written}").text


surnames = st.sampled_from(
    ["Nguyễn", "Trần", "Phạm", "Huỳnh", "Đặng", "Bùi", "Ngô", "Lê", "Vũ", "Đỗ", "Lý", "Dương"]
)
given_names = st.lists(
    st.sampled_from(["Thị", "Văn", "Ánh", "Bình", "Châu", "Dũng", "Hương", "Minh"]), min_size=2, max_size=3
)
spellings = st.sampled_from([str, strip_accents, str.upper, lambda text: strip_accents(text).upper()])


@given(surnames, given_names, spellings)
def test_full_names_go_in_every_spelling(surname: str, given_names: list[str], spell: "type[str]") -> None:
    name = spell(" ".join([surname, *given_names]))
    assert redact(f"mình gặp {name}, rất tốt").text == "mình gặp [name], rất tốt"


pieces = st.lists(
    st.sampled_from(SENTENCES) | st.text(max_size=12) | st.text("0123456789 .-/@+", max_size=14), max_size=5
).map(" ".join)


@given(pieces)
def test_not_suspicious_promises_nothing_to_find(text: str) -> None:
    assert suspicious(text) or redact(text).found == []


@given(pieces, st.lists(st.text(max_size=12), max_size=2))
def test_positions_describe_exactly_what_went(text: str, known: list[str]) -> None:
    composed = unicodedata.normalize("NFC", text)
    redacted = redact(text, known=known)
    rebuilt, position = "", 0
    for kind, start, end in redacted.found:
        assert position <= start < end <= len(composed)
        rebuilt += composed[position:start] + f"[{kind}]"
        position = end
    expected = rebuilt + composed[position:] if redacted.found else text
    assert redacted.text == expected

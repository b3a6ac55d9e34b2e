"""Any text gets an answer, soon, without the personal data in it."""

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.redaction import redact
from services.social.analysis.domain import analyse


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Hàng đẹp", "vi"),
        ("giao hang nhanh, rat hai long", "vi"),
        ("the battery is great", "en"),
        ("今日はいい天気", "other"),
        ("", "other"),
        ("👍👍", "other"),
    ],
)
def test_language(text: str, lang: str) -> None:
    assert analyse([text])[0].lang == lang


def test_answers_come_in_order_one_for_each_text() -> None:
    texts = ["đẹp", "", "xấu", "đẹp"]
    found = analyse(texts)
    assert [a.redacted for a in found] == texts
    assert found[0] == found[3]
    assert analyse([]) == []


def test_no_answer_holds_the_personal_data_of_its_text() -> None:
    text = "Máy lỗi, gọi mình số 0912 345 678 hoặc mai.le@example.com nhé"
    found = analyse([text])[0]
    assert "0912 345 678" not in str(found)
    assert "mai.le@example.com" not in str(found)
    assert {text[p.start : p.end] for p in found.pii} >= {"0912 345 678", "mai.le@example.com"}
    assert found.redacted == redact(text).text


def test_the_name_of_a_redacted_thing_is_not_read_as_a_word() -> None:
    found = analyse(["0912345678"])[0]
    assert found.sentiment.abstained
    assert found.aspects == []


_WORDS = st.sampled_from(
    [
        "pin",
        "camera",
        "đẹp",
        "tệ",
        "không",
        "rất",
        "nhưng",
        ",",
        ".",
        "?",
        "giá",
        "cao",
        "giao",
        "lâu",
        "shop",
        "ơi",
        "😡",
        "ko",
        "sp",
        ":)",
        "[x]",
    ]
)


@given(st.one_of(st.text(max_size=400), st.lists(_WORDS, max_size=40).map(" ".join)))
def test_any_text_is_answered_within_the_contract(text: str) -> None:
    found = analyse([text])[0]
    msgspec.json.encode(found)
    assert all(f.evidence and f.evidence in found.redacted for f in found.aspects)
    assert len({f.aspect for f in found.aspects}) == len(found.aspects)
    assert 0.33 <= found.sentiment.score < 1
    assert 0.25 <= found.spam.score < 1


def test_a_lone_surrogate_can_be_encoded() -> None:
    assert msgspec.json.encode(analyse(["tốt \ud800"]))


@pytest.mark.parametrize(
    "unit",
    [
        "đẹp ",
        "pin đẹp pin ",
        "a",
        "1",
        "\x00\x1b",
        "e\u0301\u0302\u0303",
        "(((",
        ":)",
        "[",
        "không ",
        ",.?",
        "!\n",
        "😀",
        "http",
    ],
)
def test_a_megabyte_of_anything_is_read_within_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    found = analyse([text])[0]
    assert time.process_time() - start < 5
    assert len(found.redacted) > 0

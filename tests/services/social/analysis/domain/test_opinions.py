"""Which opinion is held about what."""

import pytest

from services.social.analysis.domain import analyse


def _aspects(text: str) -> dict[str, str]:
    return {found.aspect: found.polarity for found in analyse([text])[0].aspects}


@pytest.mark.parametrize(
    ("text", "aspect", "polarity"),
    [
        ("Pin trâu lắm", "battery", "positive"),
        ("pin dùng được lâu", "battery", "positive"),
        ("giao hàng lâu quá", "delivery", "negative"),
        ("pin tụt nhanh", "battery", "negative"),
        ("giao nhanh", "delivery", "positive"),
        ("không lag", "performance", "positive"),
        ("camera không đẹp", "camera", "negative"),
        ("nhân viên rất nhiệt tình", "service", "positive"),
        ("giá hơi cao", "price", "negative"),
        ("hài lòng với camera", "camera", "positive"),
        ("shop gói hàng rất cẩn thận", "packaging", "positive"),
        ("cam kết chính hãng mà nhận về hàng giả", "authenticity", "negative"),
        ("shop không cho đổi trả", "policy", "negative"),
        ("bộ nhớ ít quá", "storage", "negative"),
        ("sp ko như mong đợi, thất vọng", "general", "negative"),
        ("the battery drains fast", "battery", "negative"),
        ("good camera", "camera", "positive"),
    ],
)
def test_an_opinion_finds_its_aspect_and_sign(text: str, aspect: str, polarity: str) -> None:
    assert _aspects(text)[aspect] == polarity


def test_each_clause_keeps_its_own_opinion() -> None:
    found = _aspects("Pin trâu, màn hình đẹp nhưng camera hơi mờ")
    assert found == {"battery": "positive", "screen": "positive", "camera": "negative"}


def test_a_text_without_diacritics_says_the_same() -> None:
    assert _aspects("pin trau, man hinh dep nhung camera mo") == _aspects(
        "pin trâu, màn hình đẹp nhưng camera mờ"
    )


@pytest.mark.parametrize("text", ["Pin có tốt không ạ?", "máy dùng có nóng không shop", "giá bao nhiêu vậy?"])
def test_a_question_claims_nothing(text: str) -> None:
    assert set(_aspects(text).values()) <= {"neutral"}


def test_an_aspect_that_is_only_named_is_neutral() -> None:
    assert _aspects("mình mới thay pin hôm qua") == {"battery": "neutral"}


def test_calling_the_shop_is_no_word_about_its_service() -> None:
    assert "service" not in _aspects("đẹp lắm shop ơi")


def test_evidence_is_the_passage_that_says_it() -> None:
    found = {
        f.aspect: f.evidence for f in analyse(["Máy ổn. Camera   hơi MỜ nhé, còn pin thì trâu"])[0].aspects
    }
    assert found["camera"] == "Camera   hơi MỜ"
    assert found["battery"] == "pin thì trâu"

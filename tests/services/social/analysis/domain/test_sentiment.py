"""The sentiment of a text, and when none is claimed."""

import pytest

from services.social.analysis.domain import Sentiment, analyse


def _sentiment(text: str) -> Sentiment:
    return analyse([text])[0].sentiment


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Hàng đẹpppp quáaaa, ưng lắm", "positive"),
        ("k chê vào đâu đc", "positive"),
        ("san pham qua te, that vong", "negative"),
        ("Tệ, không bao giờ mua lại", "negative"),
        ("không tệ chút nào, rất hài lòng", "positive"),
        ("chưa hài lòng lắm, máy lag", "negative"),
        ("bình thường, tiền nào của nấy", "neutral"),
        ("Giá bao nhiêu vậy shop?", "neutral"),
        ("excellent phone, very fast", "positive"),
    ],
)
def test_a_clear_text_gets_its_label(text: str, label: str) -> None:
    found = _sentiment(text)
    assert (found.label, found.abstained) == (label, False)


@pytest.mark.parametrize("text", ["", "...", "12:30"])
def test_what_says_nothing_is_an_abstention(text: str) -> None:
    assert _sentiment(text).abstained


def test_praise_and_blame_that_balance_are_not_taken_for_either() -> None:
    assert _sentiment("hàng đẹp nhưng giao chậm").label == "neutral"


def test_one_plain_word_is_less_certain_than_three() -> None:
    assert _sentiment("đẹp").score < _sentiment("đẹp, bền, ưng ý").score


def test_degree_words_weigh() -> None:
    assert _sentiment("hơi xấu").score < _sentiment("xấu").score < _sentiment("rất xấu").score


def test_what_follows_but_weighs_more() -> None:
    assert _sentiment("bền nhưng xấu").label != "positive"
    assert _sentiment("xấu nhưng bền").label != "negative"

"""Emotion, intents and spam."""

import pytest

from services.social.analysis.domain import analyse


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("vui quá, cảm ơn shop ❤️", "joy"),
        ("buồn quá, muốn khóc 😢", "sadness"),
        ("bực mình quá, ức chế 😡", "anger"),
        ("ghê tởm 🤮", "disgust"),
        ("lo lắng quá, sợ thật", "fear"),
        ("bất ngờ, không ngờ luôn", "surprise"),
        ("hàng về hôm qua", "other"),
    ],
)
def test_emotions(text: str, emotion: str) -> None:
    assert analyse([text])[0].emotion == emotion


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ib giá giúp mình", "purchase_intent"),
        ("máy này chơi game được không", "question"),
        ("nhắn tin shop ko rep", "complaint"),
        ("mọi người nên mua nhé", "recommendation"),
        ("gỡ app, chuyển sang hãng khác", "churn_threat"),
        ("quá tuyệt vời", "praise"),
        ("khong bao gio mua lai", "churn_threat"),
    ],
)
def test_intents(text: str, intent: str) -> None:
    assert intent in analyse([text])[0].intents


def test_blame_is_never_praise() -> None:
    assert "praise" not in analyse(["cảm ơn shop vì hàng lỗi, quá tệ, thất vọng, lừa đảo"])[0].intents


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Bên em chuyên sỉ lẻ toàn quốc, inbox ngay", "advert"),
        ("Ai cần mình chỉ chỗ mua, link ở bio nha", "seeding"),
        ("Hình ảnh mang tính chất nhận xu", "spam"),
        ("hay hay hay hay hay hay hay hay hay hay", "spam"),
        ("sdfgh qwrtp zxcvb", "spam"),
        ("Pin trâu, giao nhanh, đóng gói cẩn thận", "clean"),
    ],
)
def test_spam(text: str, label: str) -> None:
    found = analyse([text])[0].spam
    assert found.label == label
    assert 0.5 < found.score <= 1

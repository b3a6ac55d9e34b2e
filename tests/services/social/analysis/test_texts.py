"""Texts are analysed and forgotten."""

from services.social.analysis.domain import analyse
from tests.running import body_of
from tests.services.social.running import Social


async def test_items_come_in_order_with_everything_promised(social: Social) -> None:
    texts = ["Pin tệ, gọi 0912 345 678", "đẹp", ""]
    reply = await social.ask("POST", "/v1/texts/analyze", {"texts": texts})
    items = body_of(reply)["items"]
    assert [item["redacted"] for item in items] == [found.redacted for found in analyse(texts)]
    assert set(items[0]) == {
        "lang",
        "sentiment",
        "emotion",
        "intents",
        "aspects",
        "spam",
        "pii",
        "redacted",
        "model",
    }
    assert items[0]["sentiment"]["label"] == "negative"
    assert "0912" not in items[0]["redacted"]


async def test_a_thousand_texts_are_read_in_a_child_and_one_more_is_too_many(social: Social) -> None:
    texts = [f"hàng số {n} rất đẹp" for n in range(1_001)]
    reply = await social.ask("POST", "/v1/texts/analyze", {"texts": texts[:-1]})
    assert [item["redacted"] for item in body_of(reply)["items"]] == texts[:-1]
    assert (await social.ask("POST", "/v1/texts/analyze", {"texts": texts})).status == 413
    for body in (b"{", b"[]", b'{"texts": [1]}', b'{"texts": "x"}'):
        assert (await social.ask("POST", "/v1/texts/analyze", body)).status == 400

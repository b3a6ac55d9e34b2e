"""The answer's shape is a public contract."""

import msgspec

from services.social.analysis.domain import ASPECTS, EMOTIONS, INTENTS, PLATFORMS, analyse


def test_an_answer_encodes_to_exactly_the_fields_of_the_contract() -> None:
    body = msgspec.json.decode(msgspec.json.encode(analyse(["Pin trâu nhưng giao chậm"])))[0]
    assert list(body) == [
        "lang",
        "sentiment",
        "emotion",
        "intents",
        "aspects",
        "spam",
        "pii",
        "redacted",
        "model",
    ]
    assert list(body["sentiment"]) == ["label", "score", "abstained"]
    assert list(body["aspects"][0]) == ["aspect", "polarity", "evidence"]
    assert list(body["spam"]) == ["label", "score"]
    assert body["model"] == "chandung-vi-1"


def test_the_vocabularies_are_the_published_ones() -> None:
    assert " ".join(EMOTIONS) == "joy sadness anger fear disgust surprise other"
    assert " ".join(INTENTS) == "complaint purchase_intent question praise recommendation churn_threat"
    assert " ".join(ASPECTS) == (
        "quality price delivery service packaging authenticity usability performance battery camera screen design "
        "storage promotion policy store general"
    )
    assert " ".join(PLATFORMS) == (
        "facebook instagram threads zalo tiktok youtube shopee tiktok_shop lazada tiki google_maps google_play "
        "app_store news forum blog survey other"
    )

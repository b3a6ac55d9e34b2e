"""A batch is taken mention by mention: durable, once, and none spoils the others."""

import msgspec
import pytest

from tests.running import body_of
from tests.services.social.running import Social, mention


async def test_receipts_come_in_order_and_a_bad_mention_never_fails_its_batch(social: Social) -> None:
    receipts = await social.send(
        mention("a1", "Hàng đẹp"),
        mention("a2", "Hàng đẹp", platform="myspace", rating=11),
        {"id": "a3"},
        "không phải mention",
        mention("a5", 5),
        mention("a6", "Giao chậm"),
    )
    assert [receipt["index"] for receipt in receipts] == list(range(6))
    assert [receipt["status"] for receipt in receipts] == [
        "accepted",
        "quarantined",
        "quarantined",
        "quarantined",
        "quarantined",
        "accepted",
    ]
    assert [receipt["id"] for receipt in receipts] == ["a1", "a2", "a3", None, "a5", "a6"]
    codes = [[(reason["code"], reason["pointer"]) for reason in r.get("reasons", [])] for r in receipts]
    assert codes[1] == [("platform-unknown", "/platform"), ("rating-invalid", "/rating")]
    assert codes[2] == [("field-missing", "")]
    assert codes[4] == [("field-invalid", "/text")]
    assert "reasons" not in receipts[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"published_at": "2026-11-20T10:02:11"}, "time-invalid"),
        ({"published_at": "hôm qua"}, "time-invalid"),
        ({"published_at": "2999-01-01T00:00:00Z"}, "time-in-future"),
        ({"text": " \u0000 "}, "text-missing"),
        ({"text": "x" * 50_001}, "text-too-long"),
        ({"id": ""}, "id-invalid"),
        ({"id": "có dấu"}, "id-invalid"),
        ({"rating": -1}, "rating-invalid"),
        ({"lang": "tiếng việt"}, "lang-invalid"),
        ({"metrics": {"số like": 3}}, "metrics-invalid"),
        ({"metrics": {"likes": "ba"}}, "field-invalid"),
    ],
)
async def test_each_rule_has_its_reason(social: Social, change: dict[str, object], code: str) -> None:
    receipts = await social.send(mention("a1", "Hàng đẹp") | change)
    assert [reason["code"] for reason in receipts[0]["reasons"]] == [code]


async def test_the_same_again_is_a_duplicate_and_another_text_an_edit(social: Social) -> None:
    assert [r["status"] for r in await social.send(mention("a1", "đẹp"), mention("a1", "đẹp"))] == [
        "accepted",
        "duplicate",
    ]
    await social.settled()
    again = await social.send(
        mention("a1", "đẹp", metrics={"likes": 9}),
        mention("a1", "xấu quá"),
        mention("a1", "đẹp", platform="tiktok"),
    )
    assert [receipt["status"] for receipt in again] == ["duplicate", "edited", "accepted"]
    await social.settled()
    items = {item["platform"]: item for item in (await social.get("/v1/mentions"))["items"]}
    assert (items["facebook"]["text"], items["facebook"]["version"]) == ("xấu quá", 2)
    assert items["facebook"]["sentiment"]["label"] == "negative"
    assert items["tiktok"]["version"] == 1


async def test_an_edit_is_seen_where_only_redacted_words_differ(social: Social) -> None:
    await social.send(mention("a1", "gọi mình 0912 345 678"))
    assert [r["status"] for r in await social.send(mention("a1", "gọi mình 0987 654 321"))] == ["edited"]


async def test_control_characters_and_lone_surrogates_are_dropped(social: Social) -> None:
    body = rb'{"mentions": [{"id": "a1", "platform": "other", "published_at": "2026-11-20T10:02:11Z", '
    body += rb'"text": "t\u1ed1t\u0000 \ud800l\u1eafm\u001b[2J\r\nshop \ud83d\udc4d"}]}'
    reply = await social.ask("POST", "/v1/mentions/batch", body)
    assert body_of(reply)["receipts"] == [{"index": 0, "id": "a1", "status": "accepted"}]
    await social.settled()
    assert (await social.get("/v1/mentions"))["items"][0]["text"] == "tốt lắm[2J\nshop 👍"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"mentions": {}}', b'{"mentions": [NaN]}', b"[" * 100_000]
)
async def test_only_a_body_of_another_outline_is_refused(social: Social, body: bytes) -> None:
    reply = await social.ask("POST", "/v1/mentions/batch", body)
    assert reply.status == 400
    assert body_of(reply)["type"].endswith("/malformed-input")


async def test_ten_thousand_are_taken_and_one_more_is_too_many(social: Social) -> None:
    many = [mention(f"m{n}", "ok") for n in range(10_001)]
    refused = await social.ask("POST", "/v1/mentions/batch", {"mentions": many})
    assert refused.status == 413
    assert (await social.get("/v1/mentions"))["items"] == []
    reply = await social.ask("POST", "/v1/mentions/batch", msgspec.json.encode({"mentions": many[:-1]}))
    assert {receipt["status"] for receipt in body_of(reply)["receipts"]} == {"accepted"}


async def test_a_door_opens_with_its_scope_only(social: Social) -> None:
    body: dict[str, list[str]] = {"mentions": []}
    reading = frozenset({"social:read"})
    assert (await social.ask("POST", "/v1/mentions/batch", body, scopes=reading)).status == 403
    assert (await social.ask("GET", "/v1/mentions", scopes=frozenset({"social:write"}))).status == 403

"""Promises of `POST /v1/phones/check`."""

import pytest

from tests.running import body_of
from tests.services.verify.running import Verify

PATH = "/v1/phones/check"


async def test_each_number_is_told_what_it_is_in_the_order_of_the_request(verify: Verify) -> None:
    phones = ["0912 345 678", "01212345678", "no number", "028 3822 1234"]
    reply = await verify.ask("POST", PATH, {"phones": phones})
    assert reply.status == 200
    items = body_of(reply)["items"]
    assert [item["input"] for item in items] == phones
    assert [item["e164"] for item in items] == ["+84912345678", "+84792345678", None, "+842838221234"]
    assert [item["type"] for item in items] == ["mobile", "mobile", "unknown", "landline"]
    assert items[1]["migrated_from"] == "01212345678"
    assert set(items[1]["interpretations"][0]) == {"e164", "as", "prior"}
    assert items[2]["issues"]


@pytest.mark.parametrize("captured_at", ["2010-05-01", "2010-05-01T08:00:00+07:00", "2010-04-30T20:00:00Z"])
async def test_the_capture_date_decides_what_an_old_landline_was(verify: Verify, captured_at: str) -> None:
    body = {"phones": ["0363812345"], "captured_at": captured_at}
    old = body_of(await verify.ask("POST", PATH, body))["items"][0]
    new = body_of(await verify.ask("POST", PATH, {"phones": ["0363812345"]}))["items"][0]
    assert (old["type"], new["type"]) == ("landline", "mobile")


async def test_ten_thousand_numbers_are_answered_and_one_more_is_too_large(verify: Verify) -> None:
    most = [f"09{n:08d}" for n in range(12_000_000, 12_010_000)]
    reply = await verify.ask("POST", PATH, {"phones": most})
    assert len(body_of(reply)["items"]) == 10_000
    refused = await verify.ask("POST", PATH, {"phones": [*most, "0912345678"]})
    assert refused.status == 413
    assert body_of(refused)["type"].endswith("/too-large")


async def test_what_is_no_list_of_texts_is_refused_with_a_pointer(verify: Verify) -> None:
    reply = await verify.ask("POST", PATH, {"phones": ["0912345678", 912345678]})
    assert reply.status == 422
    assert body_of(reply)["errors"][0]["pointer"] == "/phones/1"


async def test_the_door_needs_its_scope(verify: Verify) -> None:
    reply = await verify.ask("POST", PATH, {"phones": []}, scopes=frozenset())
    assert (reply.status, body_of(reply)["type"][-13:]) == (403, "scope-missing")
    assert verify.app.openapi()["paths"][PATH]["post"]["security"] == [{"oauth2": ["verify:write"]}]

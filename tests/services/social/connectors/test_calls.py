"""Platforms call in: signed over the raw bytes, told twice it counts once, removed it is gone for good."""

import base64
import hmac
import time
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from kernel.web.upstream import Reply, call
from tests.running import HEADER, TOKENS, body_of
from tests.services.social.running import Social, mention

ADMIN = frozenset({"admin"})


async def connect(social: Social, kind: str, **outline: Any) -> dict[str, Any]:
    body = {"kind": kind, "name": "nguồn", "options": {}, "secrets": {}, **outline}
    reply = await social.ask("POST", "/v1/connectors", body, scopes=ADMIN)
    assert reply.status == 201, reply.body
    return body_of(reply)


async def deliver(social: Social, path: str, body: bytes, **headers: str) -> Reply:
    named = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    caller = ((HEADER, TOKENS.mint(social.caller).encode()), *named)
    return await call(social.app, "POST", path, headers=caller, body=body)


def standard(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The headers of a Standard Webhooks call."""
    moment = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"m1.{moment}.".encode() + body, "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook_id": "m1", "webhook_timestamp": moment, "webhook_signature": signature}


async def test_an_own_system_brings_mentions_and_takes_them_back_for_good(social: Social) -> None:
    made = await connect(social, "webhook")
    body = msgspec.json.encode({"mentions": [mention("a1", "đẹp"), mention("a2", "xấu"), {"id": 3}]})
    first = await deliver(social, made["url"], body, **standard(made["secret"], body))
    assert body_of(first)["mentions"] == {"accepted": 2, "quarantined": 1}
    again = await deliver(social, made["url"], body, **standard(made["secret"], body))
    assert body_of(again)["mentions"] == {"duplicate": 2, "quarantined": 1}
    gone = msgspec.json.encode({"removed": [{"platform": "facebook", "id": "a1"}]})
    reply = await deliver(social, made["url"], gone, **standard(made["secret"], gone))
    assert body_of(reply)["removed"] == 1
    late = await deliver(social, made["url"], body, **standard(made["secret"], body))
    assert body_of(late)["mentions"] == {"duplicate": 2, "quarantined": 1}
    assert [item["id"] for item in (await social.get("/v1/mentions"))["items"]] == ["a2"]


@pytest.mark.parametrize("wrong", ["secret", "body", "time", "none"])
async def test_a_wrong_signature_or_an_old_time_is_refused(social: Social, wrong: str) -> None:
    made = await connect(social, "webhook")
    body = msgspec.json.encode({"mentions": [mention("a1", "đẹp")]})
    secret = "whsec_" + base64.b64encode(b"x" * 24).decode() if wrong == "secret" else made["secret"]
    headers = standard(secret, body, time.time() - 400 if wrong == "time" else None)
    sent = body + b" " if wrong == "body" else body
    reply = await deliver(social, made["url"], sent, **({} if wrong == "none" else headers))
    assert reply.status == 401
    assert (await social.get("/v1/mentions"))["items"] == []


async def test_meta_calls_are_added_edited_removed_and_a_user_is_deleted(social: Social) -> None:
    made = await connect(social, "meta", secrets={"secret": "app-secret", "verify_token": "v-1"})

    async def told(verb: str, comment: str, text: str) -> dict[str, Any]:
        value = {
            "item": "comment",
            "verb": verb,
            "comment_id": comment,
            "message": text,
            "from": {"id": "9001"},
        }
        change = {"field": "feed", "value": {**value, "created_time": 1_795_000_000 - 86_400}}
        body = msgspec.json.encode({"object": "page", "entry": [{"id": "77", "changes": [change]}]})
        signature = "sha256=" + hmac.digest(b"app-secret", body, "sha256").hex()
        reply = await deliver(social, made["url"], body, x_hub_signature_256=signature)
        assert reply.status == 200, reply.body
        return body_of(reply)

    assert (await told("add", "c1", "ngon"))["mentions"] == {"accepted": 1}
    assert (await told("edited", "c1", "dở"))["mentions"] == {"edited": 1}
    assert (await told("add", "c2", "tạm"))["mentions"] == {"accepted": 1}
    assert (await told("remove", "c1", ""))["removed"] == 1
    payload = base64.urlsafe_b64encode(b'{"user_id":"9001","algorithm":"HMAC-SHA256"}').rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.digest(b"app-secret", payload, "sha256")).rstrip(b"=")
    form = b"signed_request=" + signature + b"." + payload
    reply = await deliver(social, made["url"] + "/deletion", form)
    assert body_of(reply)["confirmation_code"]
    assert (await social.get("/v1/mentions"))["items"] == []
    assert (await deliver(social, made["url"] + "/deletion", b"signed_request=x." + payload)).status == 401


async def test_meta_asks_whether_the_address_is_ours(social: Social) -> None:
    made = await connect(social, "meta", secrets={"secret": "s", "verify_token": "v-1"})
    asked = f"{made['url']}?hub.mode=subscribe&hub.challenge=77&hub.verify_token="
    assert (await social.ask("GET", asked + "v-1")).body == b"77"
    assert (await social.ask("GET", asked + "v-2")).status == 401


async def test_zalo_signs_with_its_own_digest(social: Social) -> None:
    made = await connect(social, "zalo", options={"app_id": "123"}, secrets={"secret": "oa"})
    moment = str(int(time.time() * 1000))
    said = {"msg_id": "9223372036854775808", "text": "shop ơi còn hàng không"}
    body = msgspec.json.encode(
        {"event_name": "user_send_text", "sender": {"id": "5"}, "message": said, "timestamp": moment}
    )
    mac = "mac=" + sha256(b"123" + body + moment.encode() + b"oa").hexdigest()
    assert body_of(await deliver(social, made["url"], body, x_zevent_signature=mac))["mentions"] == {
        "accepted": 1
    }
    assert (await deliver(social, made["url"], body, x_zevent_signature="mac=0")).status == 401


async def test_tiktok_that_withdraws_its_access_ends_the_connector(social: Social) -> None:
    made = await connect(social, "tiktok", secrets={"secret": "client"})
    body, moment = b'{"event": "authorization.removed"}', str(int(time.time()))
    digest = hmac.digest(b"client", moment.encode() + b"." + body, "sha256").hex()
    assert (await deliver(social, made["url"], body, tiktok_signature=f"t={moment},s={digest}")).status == 200
    shown = (await social.get("/v1/connectors"))["items"][0]
    assert (shown["enabled"], shown["trouble"]) == (False, "access-withdrawn")
    assert (await deliver(social, made["url"], body, tiktok_signature=f"t={moment},s={digest}")).status == 404


async def test_what_is_missing_is_named_and_a_closed_connector_takes_nothing(social: Social) -> None:
    body = {"kind": "youtube", "name": "kênh", "options": {"video": "v", "channel": "c"}}
    reply = await social.ask("POST", "/v1/connectors", body, scopes=ADMIN)
    assert reply.status == 422
    assert {error["pointer"] for error in body_of(reply)["errors"]} == {"/secrets/api_key", "/options"}
    made = await connect(social, "webhook")
    assert (await social.ask("POST", f"/v1/connectors/{made['id']}/close", scopes=ADMIN)).status == 204
    assert (await deliver(social, made["url"], b"{}", **standard(made["secret"], b"{}"))).status == 404


async def test_secrets_do_not_stand_in_the_database(social: Social) -> None:
    await connect(social, "meta", secrets={"secret": "very-secret-thing", "verify_token": "v"})
    files = list((social.folder / "data").glob("social.db*"))
    assert files
    assert not any(b"very-secret-thing" in file.read_bytes() for file in files)

"""Each sender against a local server that speaks its carrier's HTTP: fields, error codes, silence and reports."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest

from services.verify.senders.esms import EsmsSender
from services.verify.senders.port import Callback, CodeMessage, Delivery, NotSent, Sender, Unclear, Untrusted
from services.verify.senders.signing import HEADER, mind_signature, sign, token_of
from services.verify.senders.speedsms import SpeedSmsSender
from services.verify.senders.twilio import TwilioSender
from services.verify.senders.webhook import WebhookSender
from services.verify.senders.zns import ZnsSender
from tests.services.verify.running import NOON
from tests.services.verify.senders.provider import Provider, provider

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]
TEXT = "012345 là mã"
MESSAGE = CodeMessage("v1", 1, "+84912345678", "sms", "vi", TEXT, "012345", NOON, "key-1", "12:07")
PRICES = {"sms": 850, "voice": 600, "zalo": 300}


@pytest.fixture
async def carrier() -> AsyncIterator[Provider]:
    async with provider() as found:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=0.5) as found:
        yield found


def zns(client: httpx2.AsyncClient, url: str) -> ZnsSender:
    return ZnsSender(client, "token", {"vi": "10", "en": "11"}, 300, "app", "oa-secret", base_url=url)


def esms(client: httpx2.AsyncClient, url: str) -> EsmsSender:
    reports = {"callback_url": "https://me.example/webhooks/verify", "callback_key": "ck"}
    return EsmsSender(client, "ak", "sk", "Shop", 850, base_url=url, **reports)  # type: ignore[arg-type]  # two texts


def speedsms(client: httpx2.AsyncClient, url: str) -> SpeedSmsSender:
    return SpeedSmsSender(client, "tok", "Shop", PRICES, base_url=url, callback_key="ck", reports=True)


def twilio(client: httpx2.AsyncClient, url: str) -> TwilioSender:
    return TwilioSender(client, "AC1", "tok", "+15005550006", 2000, "https://me.example/webhooks/verify", url)


def webhook(client: httpx2.AsyncClient, url: str) -> WebhookSender:
    return WebhookSender(client, url + "/send", "secret", PRICES)


ALL = (zns, esms, speedsms, twilio, webhook)


async def test_zns_sends_the_approved_template_of_the_locale(
    carrier: Provider, client: httpx2.AsyncClient
) -> None:
    carrier.answer = {"error": 0, "message": "Success", "data": {"msg_id": "m1"}}
    message = MESSAGE._replace(channel="zalo", locale="en")
    assert await zns(client, carrier.url).send(message) == "m1"
    (asked,) = carrier.requests
    assert (asked.target, asked.headers["access_token"]) == ("/message/template", "token")
    assert asked.json == {
        "phone": "84912345678",
        "template_id": "11",
        "template_data": {"otp": "012345", "until": "12:07"},
        "tracking_id": "key-1",
    }


async def test_esms_sends_as_customer_care_with_our_key_as_request_id(
    carrier: Provider, client: httpx2.AsyncClient
) -> None:
    carrier.answer = {"CodeResult": "100", "SMSID": "s1"}
    assert await esms(client, carrier.url).send(MESSAGE) == "s1"
    (asked,) = carrier.requests
    assert asked.target == "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    body = asked.json
    assert (body["SmsType"], body["Phone"], body["RequestId"]) == ("2", "0912345678", "key-1")
    assert (body["Brandname"], body["IsUnicode"], body["Content"]) == ("Shop", "1", TEXT)
    assert f"k={token_of('ck', 'esms:key-1')}" in body["CallbackUrl"]
    carrier.answer = {"CodeResult": "124", "ErrorMessage": "RequestId is duplicated"}
    assert await esms(client, carrier.url).send(MESSAGE) == "key-1"  # the first one is on its way
    carrier.answer = {"CodeResponse": "100", "Balance": 250000.5}
    assert await esms(client, carrier.url).balance_vnd() == 250_000


async def test_speedsms_sends_texts_and_calls_with_basic_credentials(
    carrier: Provider, client: httpx2.AsyncClient
) -> None:
    carrier.answer = {"status": "success", "code": "00", "data": {"tranId": 77, "totalPrice": 250}}
    sender = speedsms(client, carrier.url)
    assert await sender.send(MESSAGE) == "77"
    assert await sender.send(MESSAGE._replace(channel="voice")) == "77"
    text, call = carrier.requests
    assert b64decode(text.headers["authorization"].removeprefix("Basic ")) == b"tok:x"
    assert text.json == {"to": ["84912345678"], "content": TEXT, "sms_type": 3, "sender": "Shop"}
    assert (call.target, call.json) == ("/index.php/voice/otp", {"to": "84912345678", "content": "012345"})
    carrier.answer = {"status": "success", "data": {"balance": 100000.0, "currency": "VND"}}
    assert await sender.balance_vnd() == 100_000


async def test_a_webhook_is_signed_and_carries_the_idempotency_key(
    carrier: Provider, client: httpx2.AsyncClient
) -> None:
    carrier.answer = {"accepted": True, "reference": "r1"}
    assert await webhook(client, carrier.url).send(MESSAGE) == "r1"
    (asked,) = carrier.requests
    assert asked.headers["idempotency-key"] == "key-1"
    at = int(asked.headers[HEADER].split(",")[0].removeprefix("t="))
    now = NOON.fromtimestamp(at, NOON.tzinfo)
    mind_signature("secret", asked.body, asked.headers[HEADER], now)
    with pytest.raises(Untrusted):
        mind_signature("secret", asked.body + b" ", asked.headers[HEADER], now)


async def test_twilio_takes_a_form(carrier: Provider, client: httpx2.AsyncClient) -> None:
    carrier.status, carrier.answer = 201, {"sid": "SM1", "status": "queued", "error_code": None}
    assert await twilio(client, carrier.url).send(MESSAGE) == "SM1"
    (asked,) = carrier.requests
    assert asked.target == "/2010-04-01/Accounts/AC1/Messages.json"
    assert b"To=%2B84912345678" in asked.body


@pytest.mark.parametrize(
    ("make", "answer", "reason", "of_message"),
    [
        (zns, {"error": -118}, "no-zalo-account", True),
        (zns, {"error": -124}, "authentication", False),
        (zns, {"error": -115}, "balance", False),
        (zns, {"error": -9999}, "code-9999", False),
        (esms, {"CodeResult": "101"}, "authentication", False),
        (esms, {"CodeResult": "103"}, "balance", False),
        (esms, {"CodeResult": "104"}, "brandname", False),
        (esms, {"CodeResult": "146"}, "template", True),
        (speedsms, {"status": "error", "code": "105"}, "number", True),
        (speedsms, {"status": "error", "code": "300"}, "balance", False),
        (twilio, {"error_code": 21211}, "code-21211", True),
        (webhook, {"accepted": False}, "refused", True),
    ],
)
async def test_a_refusal_is_certain_and_says_whose_fault_it_is(
    carrier: Provider, client: httpx2.AsyncClient, make: Any, answer: Any, reason: str, of_message: bool
) -> None:
    carrier.answer = answer
    with pytest.raises(NotSent) as refused:
        await make(client, carrier.url).send(MESSAGE)
    assert (refused.value.reason, refused.value.of_message) == (reason, of_message)


@pytest.mark.parametrize("make", ALL)
async def test_silence_and_errors_of_the_carrier_are_unclear_and_no_connection_is_certain(
    carrier: Provider, client: httpx2.AsyncClient, make: Any
) -> None:
    sender: Sender = make(client, carrier.url)
    carrier.silent = True
    with pytest.raises(Unclear):
        await sender.send(MESSAGE)
    carrier.silent, carrier.status = False, 503
    with pytest.raises(Unclear):
        await sender.send(MESSAGE)
    carrier.status, carrier.answer = 200, ["no object"]
    with pytest.raises(Unclear):
        await sender.send(MESSAGE)
    carrier.status = 403
    with pytest.raises(NotSent):
        await sender.send(MESSAGE)
    nobody: Sender = make(client, "http://127.0.0.1:9")
    with pytest.raises(NotSent):
        await nobody.send(MESSAGE)


def told(
    query: dict[str, str] | None = None, headers: dict[str, str] | None = None, body: bytes = b""
) -> Callback:
    return Callback(query or {}, headers or {}, body, NOON)


def test_zns_events_are_believed_with_zalos_mac_only(client: httpx2.AsyncClient) -> None:
    body = msgspec.json.encode(
        {
            "event_name": "user_received_message",
            "timestamp": "1700000000000",
            "message": {"tracking_id": "key-1", "msg_id": "m1", "delivery_time": "1700000000000"},
        }
    )
    mac = hashlib.sha256(b"app" + body + b"1700000000000" + b"oa-secret").hexdigest()
    sender = zns(client, "")
    signed = told(headers={"x-zevent-signature": f"mac={mac}"}, body=body)
    assert sender.deliveries(signed) == [Delivery("key-1", "m1", delivered=True)]
    for callback in (told(body=body), signed._replace(body=body.replace(b"key-1", b"key-2"))):
        with pytest.raises(Untrusted):
            sender.deliveries(callback)


def test_esms_reports_carry_our_word_for_that_message(client: httpx2.AsyncClient) -> None:
    sender, word = esms(client, ""), token_of("ck", "esms:key-1")
    arrived = {
        "s": "key-1",
        "k": word,
        "SMSID": "s1",
        "SendStatus": "5",
        "SendSuccess": "1",
        "SendFailed": "0",
    }
    assert sender.deliveries(told(arrived)) == [Delivery("key-1", "s1", delivered=True)]
    assert not sender.deliveries(told({**arrived, "SendSuccess": "0", "SendFailed": "1"}))[0].delivered
    assert not sender.deliveries(told({**arrived, "SendStatus": "4"}))[0].delivered
    assert sender.deliveries(told({**arrived, "SendStatus": "7"})) == []
    for forged in ({**arrived, "s": "key-2"}, {**arrived, "k": ""}):
        with pytest.raises(Untrusted):
            sender.deliveries(told(forged))


def test_speedsms_reports_name_the_transaction(client: httpx2.AsyncClient) -> None:
    sender, word = speedsms(client, ""), {"k": token_of("ck", "speedsms")}

    def report(status: int) -> list[Delivery]:
        body = {"type": "report", "tranId": 77, "phone": "84912345678", "status": status}
        return sender.deliveries(told(word, body=msgspec.json.encode(body)))

    assert report(0) == [Delivery(None, "77", delivered=True)]
    assert report(32) == []
    assert not report(64)[0].delivered
    with pytest.raises(Untrusted):
        sender.deliveries(told(body=b"{}"))


def test_twilio_reports_are_signed_over_address_and_form(client: httpx2.AsyncClient) -> None:
    sender = twilio(client, "")
    signed = b"https://me.example/webhooks/verify/twilio?s=key-1" + b"MessageSidSM1MessageStatusdelivered"
    mac = b64encode(hmac.digest(b"tok", signed, "sha1")).decode()
    callback = told({"s": "key-1"}, {"x-twilio-signature": mac}, b"MessageSid=SM1&MessageStatus=delivered")
    assert sender.deliveries(callback) == [Delivery("key-1", "SM1", delivered=True)]
    with pytest.raises(Untrusted):
        sender.deliveries(callback._replace(query={"s": "key-2"}))


def test_webhook_reports_are_signed_and_young(client: httpx2.AsyncClient) -> None:
    sender, body = webhook(client, ""), b'{"key": "key-1", "status": "failed", "reason": "off"}'
    callback = told(headers={HEADER: sign("secret", body, NOON)}, body=body)
    assert sender.deliveries(callback) == [Delivery("key-1", None, delivered=False, reason="off")]
    old = callback._replace(now=NOON.replace(hour=6))
    for refused in (old, callback._replace(headers={}), callback._replace(body=body + b" ")):
        with pytest.raises(Untrusted):
            sender.deliveries(refused)

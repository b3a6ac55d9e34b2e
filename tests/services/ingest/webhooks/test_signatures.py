"""Only who knows the secret can deliver."""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.webhooks.domain.hooks import TYPES
from services.ingest.webhooks.domain.signatures import MAX_SKEW_S, is_signed, standard_key
from tests.services.ingest.webhooks.deliveries import SECRET, signed


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@given(st.sampled_from(TYPES), st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_was_signed_with_the_secret_is_taken_and_nothing_else(
    kind: str, body: bytes, secret: str
) -> None:
    headers, now = lowered(signed(kind, body, secret)), time.time()
    assert is_signed(kind, headers, body, secret, now)
    assert not is_signed(kind, headers, body + b" ", secret, now)
    assert not is_signed(kind, headers, body, secret + "x", now)
    assert not is_signed(kind, {}, body, secret, now)


@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from([
    "x-hub-signature", "x-hub-signature-256", "x-haravan-hmacsha256", "x-sapo-hmac-sha256", "webhook-id",
    "webhook-timestamp", "webhook-signature",
]), st.text(max_size=80)))  # fmt: skip
def test_no_header_makes_it_fail_or_let_anybody_in(kind: str, headers: dict[str, str]) -> None:
    assert is_signed(kind, headers, b"{}", SECRET, time.time()) is False


@pytest.mark.parametrize(
    ("away", "taken"), [(0, True), (MAX_SKEW_S - 1, True), (-MAX_SKEW_S - 2, False), (MAX_SKEW_S + 2, False)]
)
def test_a_signature_is_good_for_five_minutes(away: float, taken: bool) -> None:
    now = time.time()
    headers = lowered(signed("standard", b"{}", at=now + away))
    assert is_signed("standard", headers, b"{}", SECRET, now) is taken


def test_kiotviet_may_name_the_digest() -> None:
    headers = {"x-hub-signature": "sha256=" + signed("kiotviet", b"{}")["X-Hub-Signature"]}
    assert is_signed("kiotviet", headers, b"{}", SECRET, 0.0)


def test_kiotviet_may_sign_with_what_the_registered_secret_decodes_to() -> None:
    key = b"sixteen bytes...."
    registered = b64encode(key).decode()
    digest = hmac.new(key, b"{}", hashlib.sha256).hexdigest()
    assert is_signed("kiotviet", {"x-hub-signature": digest}, b"{}", registered, 0.0)
    assert not is_signed("haravan", {"x-haravan-hmacsha256": digest}, b"{}", registered, 0.0)
    short = b64encode(b"abc").decode()
    weak = hmac.new(b"abc", b"{}", hashlib.sha256).hexdigest()
    assert not is_signed("kiotviet", {"x-hub-signature": weak}, b"{}", short, 0.0)


def test_the_published_example_of_standard_webhooks_holds() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert len(standard_key(secret)) == 24
    assert is_signed("standard", headers, b'{"test": 2432232314}', secret, 1_614_265_330)

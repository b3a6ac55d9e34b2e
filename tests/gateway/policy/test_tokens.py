"""Tokens: a client can join by them, nobody can read them."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.tokens import ff1, token_of

SECRET = bytes(range(32))
SHORT, LONG = "2B7E151628AED2A6ABF7158809CF4F3C", "EF4359D8D580AA4F7F036D6F04FC6A94"


@pytest.mark.parametrize(
    ("key", "tweak", "encrypted"),
    [
        (SHORT, "", "2433477484"),
        (SHORT, "39383736353433323130", "6124200773"),
        (SHORT + LONG, "", "6657667009"),
        (SHORT + LONG, "39383736353433323130", "1001623463"),
    ],
)
def test_numbers_are_encrypted_as_the_samples_of_nist_are(key: str, tweak: str, encrypted: str) -> None:
    assert ff1(bytes.fromhex(key), "0123456789", bytes.fromhex(tweak)) == encrypted


@given(st.from_regex(r"[0-9]{6,20}", fullmatch=True))
def test_a_number_becomes_a_number_of_its_length(value: str) -> None:
    token = token_of(SECRET, "external_id", value)
    assert token != value
    assert token == token_of(SECRET, "external_id", value)
    assert token.startswith("tok_") or (token.isdigit() and len(token) == len(value))


def test_two_numbers_never_share_a_token() -> None:
    tokens = {ff1(SECRET, f"{number:06d}") for number in range(3_000)}
    assert len(tokens) == 3_000


def test_a_uuid_becomes_a_uuid_and_everything_else_is_opaque() -> None:
    device = str(uuid4())
    token = token_of(SECRET, "device_id", device)
    assert str(UUID(token)) == token != device
    assert token_of(SECRET, "cookie_id", device) != token
    for value in ("crm:77", "12345", "GA1.2.33", "９１２３４５６", "", "x" * 40):
        assert token_of(SECRET, "external_id", value).startswith("tok_")

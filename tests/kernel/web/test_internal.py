"""Internal tokens: only the gateway vouches for a caller, and only for a minute."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.errors import Unauthenticated
from kernel.web.internal import LIFETIME_S, Caller, InternalTokens

SECRET = b"an internal secret of the tests, 32+ bytes"
words = st.text(max_size=20)
callers = st.builds(
    Caller,
    words,
    st.sampled_from(["partner", "operator", "service"]),
    st.frozensets(words, max_size=4),
    st.frozensets(words, max_size=4),
    st.none() | words,
)


@given(callers)
def test_who_goes_in_comes_out(caller: Caller) -> None:
    token = InternalTokens(SECRET).mint(caller)
    assert InternalTokens(SECRET).check(token.encode()) == caller


def signed(claims: dict[str, object], secret: bytes = SECRET, algorithm: str = "HS256") -> bytes:
    """A token with any claims."""
    return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(secret), algorithms=[algorithm]).encode()


CALLER = {"client_id": "x", "kind": "service"}
SOON = int(time.time()) + 300


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"a.b.c",
        b"\xff\xfe",
        signed({"exp": SOON, "caller": CALLER}, b"another secret, also of 32+ bytes.."),
        signed({"exp": SOON, "caller": CALLER}, SECRET + b"12345678901234567890", "HS512"),
        signed({"exp": 1, "caller": CALLER}),
        signed({"caller": CALLER}),
        signed({"exp": SOON}),
        signed({"exp": SOON, "caller": {"client_id": 1, "kind": "service"}}),
        signed({"exp": SOON, "caller": "service"}),
        b"eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTksImNhbGxlciI6eyJjbGllbnRfaWQiOiJ4Iiwia2luZCI6InNlcnZpY2UifX0.",
    ],
)
def test_anything_else_is_refused(token: bytes) -> None:
    with pytest.raises(Unauthenticated):
        InternalTokens(SECRET).check(token)


def test_a_token_is_made_anew_before_it_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, now = InternalTokens(SECRET), time.time()
    caller = Caller("x", "partner")
    monkeypatch.setattr("time.time", lambda: now)
    first = tokens.mint(caller)
    assert tokens.mint(caller) == first
    monkeypatch.setattr("time.time", lambda: now + LIFETIME_S / 2 + 1)
    assert tokens.mint(caller) != first
    assert tokens.check(first.encode()) == caller
    monkeypatch.setattr("time.time", lambda: now + LIFETIME_S + 1)
    with pytest.raises(Unauthenticated):
        tokens.check(first.encode())

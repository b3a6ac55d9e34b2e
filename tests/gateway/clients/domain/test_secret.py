"""Secrets are hashed so that the database gives none of them away."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clients.domain.secret import (
    new_secret,
    password_hash,
    password_matches,
    same_hash,
    secret_hash,
)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=60), st.text(max_size=60))
def test_a_hash_is_the_secrets_alone(key: bytes, secret: str, other: str) -> None:
    assert same_hash(secret_hash(key, secret), secret_hash(key, other)) == (secret == other)
    assert secret_hash(key + b"x", secret) != secret_hash(key, secret)


def test_new_secrets_are_long_and_never_the_same() -> None:
    made = {new_secret("cds") for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(secret.startswith("cds_") and len(secret) == 47 for secret in made)


@settings(max_examples=5, deadline=None)  # scrypt is slow on purpose
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_password_matches_its_own_hash_only(password: str, other: str) -> None:
    stored = password_hash(password)
    assert stored != password_hash(password)
    assert password_matches(password, stored)
    assert password_matches(other, stored) == (other == password)


def test_a_hash_of_another_make_matches_nothing() -> None:
    for stored in ("", "plain", "md5$aa$bb"):
        assert not password_matches("plain", stored)

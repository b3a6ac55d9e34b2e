"""Nothing personal and nothing secret reaches a log line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.scrub import HIDDEN, scrub_log_value

phones = st.from_regex(r"(\+84|84|0)[35789][0-9]{8}", fullmatch=True)
words = st.text("abc xyz:", max_size=20)


@pytest.mark.parametrize(
    "key",
    ["phone", "email", "name", "code", "token", "secret", "Authorization", "client_secret", "contact_phone"],
)
def test_secret_keys_lose_their_values(key: str) -> None:
    assert scrub_log_value({"event": "sent", key: "anything"}) == {"event": "sent", key: HIDDEN}


@pytest.mark.parametrize("key", ["status_code", "topic_name", "event", "subject_id", "partition"])
def test_ordinary_keys_keep_theirs(key: str) -> None:
    assert scrub_log_value({key: "records.accepted"}) == {key: "records.accepted"}


@given(words, phones, words)
def test_a_phone_never_survives(before: str, phone: str, after: str) -> None:
    assert phone not in str(scrub_log_value(f"{before} {phone} {after}"))


@pytest.mark.parametrize(
    "text",
    [
        "call 0912 345 678 now",
        "mail lan.example@example.com bounced",
        "id 079190012345",
        "card 4111 1111 1111 1111",
        "Bearer eyJhbGciOi.payload.signature",
    ],
)
def test_strings_lose_what_is_personal(text: str) -> None:
    scrubbed = str(scrub_log_value(text))
    assert HIDDEN in scrubbed
    assert not any(piece in scrubbed for piece in ("345", "lan", "0791", "4111", "eyJ"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:02:11.123456+07:00",
        "01930a4c-1111-7000-8000-123456789012",
        "0af7651916cd43dd8448eb211c80319c",
        "offset 123456",
        "GET /v1/records/batch 202",
    ],
)
def test_times_and_ids_are_left_alone(text: str) -> None:
    assert scrub_log_value(text) == text


def test_nested_values_are_scrubbed_and_depth_is_bounded() -> None:
    assert scrub_log_value({"a": [{"phone": "x"}, ("0912345678",)]}) == {"a": [{"phone": HIDDEN}, [HIDDEN]]}
    deep: object = "x"
    for _ in range(50):
        deep = [deep]
    assert HIDDEN in str(scrub_log_value(deep))


def test_bytes_and_long_texts_are_not_logged_whole() -> None:
    assert scrub_log_value(b"raw") == HIDDEN
    assert len(str(scrub_log_value("a" * 10_000))) < 5_000


def test_numbers_pass() -> None:
    assert scrub_log_value({"n": 3, "ok": True, "none": None, "ms": 1.5}) == {
        "n": 3,
        "ok": True,
        "none": None,
        "ms": 1.5,
    }

"""Equal people have equal identifiers; what identifies nobody is refused with a reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.catalogue import IDENTIFIERS
from kernel.privacy.identifiers import IDENTIFIER_RULES, judge_identifier, normalise_identifier

KINDS = sorted({*IDENTIFIERS, *IDENTIFIER_RULES, "social.facebook", "loyalty_card"} - {"social"})


@pytest.mark.parametrize(
    ("kind", "raw", "canonical"),
    [
        ("phone", " 0912 345 678 ", "+84912345678"),
        ("phone", "0162 987 6543", "+84329876543"),
        ("email", " Lan.Nguyen+Shop@Example.COM", "lan.nguyen+shop@example.com"),
        ("email", "mailto:lan@example.vn", "lan@example.vn"),
        ("email", "lan@phở.example", "lan@xn--ph-rbt.example"),
        ("national_id", "079 190 012 345", "079190012345"),
        ("national_id", "79190012345", "079190012345"),
        ("national_id", "024 123 457", "024123457"),
        ("passport", "b 1234567", "B1234567"),
        ("passport", "k12345678", "K12345678"),
        ("driver_licence", "790 123 456 789", "790123456789"),
        ("tax_code", "0100109106", "0100109106"),
        ("tax_code", "0100109106-001", "0100109106-001"),
        ("tax_code", "0100109106001", "0100109106-001"),
        ("tax_code", "079190012345", "079190012345"),
        ("payment_card", "4111-1111-1111-1111", "4111111111111111"),
        ("payment_card", "9704 0000 0000 0018", "9704000000000018"),
        ("birth_certificate", "123 / 2010", "123/2010"),
        ("external_id", " crm:123 ", "crm:123"),
        ("device_id", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("cookie_id", "GA1.2.1033", "GA1.2.1033"),
        ("ip", "203.0.113.7", "203.0.113.7"),
        ("ip", "[2001:DB8:0::1]", "2001:db8::1"),
        ("ip", "::ffff:203.0.113.7", "203.0.113.7"),
        ("social.facebook", "https://www.facebook.com/Lan.Example?ref=1", "lan.example"),
        ("social.facebook", "https://facebook.com/profile.php?id=100012345", "100012345"),
        ("social.tiktok", "https://www.tiktok.com/@lan.example", "lan.example"),
        ("social.instagram", "@Lan.Example", "lan.example"),
        ("social.zalo", "0912 345 678", "+84912345678"),
        ("social.zalo", "https://zalo.me/0912345678", "+84912345678"),
        ("loyalty_card", " A-1 ", "A-1"),
    ],
)
def test_every_writing_becomes_one_canonical_value(kind: str, raw: str, canonical: str) -> None:
    assert normalise_identifier(kind, raw) == canonical


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        ("phone", "O912345678", "malformed"),
        ("phone", "0000000000", "malformed"),
        ("phone", "1900 1234", "not-personal"),
        ("phone", "******67", "masked"),
        ("phone", "09•••••678", "masked"),
        ("email", "lan@", "malformed"),
        ("email", "lan@localhost", "malformed"),
        ("email", "lan..x@example.vn", "malformed"),
        ("email", "l***@example.vn", "masked"),
        ("email", "test@test.com", "placeholder"),
        ("email", "noemail@example.vn", "placeholder"),
        ("national_id", "12345", "malformed"),
        ("national_id", "000000000000", "placeholder"),
        ("national_id", "xxxx12345", "masked"),
        ("passport", "1234567", "malformed"),
        ("passport", "B0000000", "placeholder"),
        ("driver_licence", "123456", "malformed"),
        ("tax_code", "0100109107", "checksum"),
        ("tax_code", "123", "malformed"),
        ("payment_card", "4111 1111 1111 1112", "checksum"),
        ("payment_card", "0000 0000 0000 0000", "placeholder"),
        ("payment_card", "9704 1", "malformed"),
        ("birth_certificate", "abc", "malformed"),
        ("external_id", "  ", "empty"),
        ("external_id", "N/A", "placeholder"),
        ("external_id", "không có", "placeholder"),
        ("external_id", "xxxx123", "masked"),
        ("external_id", "x" * 300, "too-long"),
        ("external_id", "a\x00b", "malformed"),
        ("device_id", "00000000-0000-0000-0000-000000000000", "placeholder"),
        ("ip", "300.1.1.1", "malformed"),
        ("ip", "0.0.0.0", "placeholder"),  # noqa: S104  # a value, no socket
        ("social.facebook", "Lan Example", "malformed"),
    ],
)
def test_what_identifies_nobody_has_a_reason(kind: str, raw: str, reason: str) -> None:
    assert judge_identifier(kind, raw) == (None, reason)
    assert normalise_identifier(kind, raw) is None


def test_an_old_landline_needs_its_capture_date() -> None:
    assert normalise_identifier("phone", "0363825123", captured_on=date(2016, 1, 1)) == "+842273825123"


@given(st.sampled_from(KINDS), st.text(max_size=60) | st.text("0123456789+@.-/ abX*", max_size=40))
def test_canonical_values_are_fixed_points(kind: str, raw: str) -> None:
    value, reason = judge_identifier(kind, raw)
    assert (value is None) != (reason is None)
    if value is not None:
        assert normalise_identifier(kind, value) == value
        assert value.isprintable()


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_a_reason_never_repeats_the_value(kind: str, raw: str) -> None:
    reasons = {None, "empty", "too-long", "masked", "placeholder", "not-personal", "checksum", "malformed"}
    assert judge_identifier(kind, raw).reason in reasons


def test_two_names_of_one_mailbox_are_one() -> None:
    assert normalise_identifier("email", "Anh.Nguyen@GoogleMail.com") == "anh.nguyen@gmail.com"
    assert normalise_identifier("email", "anh@notgooglemail.com") == "anh@notgooglemail.com"

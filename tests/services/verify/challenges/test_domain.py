"""The figures of the rules, and that hashes and seals bind what they must."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verify.challenges import domain
from services.verify.challenges.domain import CodeKeys, Content, Limits, Sent, SentBefore

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
KEYS = CodeKeys(otp=b"o" * 32, seal=b"s" * 32)
WIDE = Limits(*[10**9] * 6)
texts = st.text(max_size=20)


def test_a_code_has_six_digits_and_leading_zeros_are_as_likely_as_others() -> None:
    codes = [domain.new_code() for _ in range(4_000)]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert 280 < sum(code.startswith("0") for code in codes) < 520  # 400 expected, six deviations
    assert len(set(codes)) > 3_950


@given(st.tuples(texts, texts, texts, texts), st.tuples(texts, texts, texts, texts))
def test_a_code_hash_is_of_exactly_this_verification_number_purpose_and_code(
    left: tuple[str, str, str, str], right: tuple[str, str, str, str]
) -> None:
    assert (KEYS.code_hash(*left) == KEYS.code_hash(*right)) == (left == right)


def test_hashes_need_the_key_and_receipts_of_two_clients_cannot_be_joined() -> None:
    other = CodeKeys(otp=b"p" * 32, seal=b"s" * 32)
    assert KEYS.number_key("+84912345678") != other.number_key("+84912345678")
    assert KEYS.receipt_hash("a", "+84912345678") != KEYS.receipt_hash("b", "+84912345678")


def test_a_seal_opens_only_with_its_key_and_for_its_verification() -> None:
    content = Content("+84912345678", "012345", None)
    sealed = KEYS.close("one", content)
    assert KEYS.open("one", sealed) == content
    assert b"912345678" not in sealed
    for keys, challenge_id in ((KEYS, "two"), (CodeKeys(otp=KEYS.otp, seal=b"t" * 32), "one")):
        assert keys.open(challenge_id, sealed) is None
    assert KEYS.open("one", None) is None


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0912 345 678", "+84912345678"),
        ("+84 79 234 5678", "+84792345678"),
        ("01212345678", "+84792345678"),
        ("028 3822 1234", None),
        ("1900 1234", None),
        ("1800 1234", None),
        ("113", None),
        ("+1 415 555 2671", None),
        ("+66 81 234 5678", None),
        ("091234567a", None),
        ("", None),
    ],
)
def test_only_vietnamese_mobiles_are_sent_codes(raw: str, number: str | None) -> None:
    assert domain.mobile_of(raw) == number


def test_the_cooldown_is_30_60_and_then_always_120_seconds() -> None:
    assert [domain.cooldown_after(n).total_seconds() for n in (1, 2, 3, 4, 9)] == [30, 60, 120, 120, 120]


def sent(*ages: timedelta) -> SentBefore:
    return SentBefore([NOW - age for age in sorted(ages)], {"vnd": Sent(0, None)})


def test_five_codes_in_ten_minutes_and_no_more() -> None:
    four = sent(*(timedelta(minutes=n) for n in (1, 2, 3, 9)))
    five = sent(*(timedelta(minutes=n) for n in (1, 2, 3, 4, 9)))
    assert domain.refuse_sending(four, 1, WIDE, NOW) is None
    refusal = domain.refuse_sending(five, 1, WIDE, NOW)
    assert refusal
    assert refusal.wait == timedelta(minutes=1)  # until the oldest of the five is ten minutes old


def test_ten_codes_a_day_and_no_more() -> None:
    nine = sent(*(timedelta(hours=n) for n in range(1, 10)))
    ten = sent(*(timedelta(hours=n) for n in range(1, 11)))
    assert domain.refuse_sending(nine, 1, WIDE, NOW) is None
    refusal = domain.refuse_sending(ten, 1, WIDE, NOW)
    assert refusal
    assert refusal.wait == timedelta(hours=14)


@pytest.mark.parametrize(
    ("cap", "most"), [("client", 300), ("ip", 30), ("device", 10), ("collector", 60), ("prefix", 400)]
)
def test_each_cap_of_an_hour_holds_at_its_figure(cap: str, most: int) -> None:
    limits = Limits(client=300, vnd=500_000, ip=30, device=10, collector=60, prefix=400)
    for n, refused in ((most - 1, False), (most, True)):
        before = SentBefore([], {"vnd": Sent(0, None), cap: Sent(n, NOW - timedelta(minutes=50))})
        refusal = domain.refuse_sending(before, 850, limits, NOW)
        assert bool(refusal) == refused
        assert not refusal or (refusal.cap, refusal.wait) == (cap, timedelta(minutes=10))


@pytest.mark.parametrize(("vnd", "refused"), [(499_150, False), (499_151, True)])
def test_half_a_million_dong_an_hour_in_all(vnd: int, refused: bool) -> None:
    before = SentBefore([], {"vnd": Sent(vnd, NOW - timedelta(minutes=59))})
    refusal = domain.refuse_sending(before, 850, WIDE._replace(vnd=500_000), NOW)
    assert bool(refusal) == refused
    assert not refusal or refusal.wait == timedelta(minutes=1)


def test_a_code_of_high_risk_has_eight_digits_and_a_word_no_look_alikes() -> None:
    assert {len(domain.new_code("high")) for _ in range(200)} == {8}
    word = domain.new_word()
    assert len(word) == 8
    assert not set(word) & set("IO01")
    assert domain.word_in(f" {word[:4].lower()}-{word[4:]} .") == word


def test_a_reviewers_number_needs_a_code_and_a_day_at_which_it_ends() -> None:
    (known,) = domain.read_test_numbers({"+84912345678": "123456 until 2026-12-31"}).values()
    assert (known.code, known.until.isoformat()) == ("123456", "2026-12-31")
    for number, what in (
        ("+84912345678", "123456"),
        ("+84912345678", "12 until 2026-12-31"),
        ("0912345678", "123456 until 2026-12-31"),
        ("+84912345678", "123456 until tomorrow"),
    ):
        with pytest.raises(ValueError):
            domain.read_test_numbers({number: what})

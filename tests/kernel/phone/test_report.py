"""Every interpretation is told, with the chance that the capture date gives it."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.phone import PhoneReport, inspect


def meanings(report: PhoneReport) -> dict[str, float]:
    return {reading.as_: reading.prior for reading in report.interpretations}


def codes(raw: str, captured_on: date | None = None) -> list[str]:
    return [issue.code for issue in inspect(raw, captured_on=captured_on).issues]


@pytest.mark.parametrize(
    "prefix",
    [
        "030",
        "031",
        "033",
        "036",
        "037",
        "038",
        "039",
        "056",
        "058",
        "059",
        "070",
        "076",
        "077",
        "079",
        "082",
        "086",
    ],
)
def test_a_colliding_number_has_both_meanings_and_the_date_decides(prefix: str) -> None:
    before = inspect(f"{prefix}3825123", captured_on=date(2016, 5, 1))
    after = inspect(f"{prefix}3825123", captured_on=date(2023, 5, 1))
    assert set(meanings(before)) == set(meanings(after)) == {"mobile", "old-landline"}
    assert before.type == "landline"
    assert meanings(before)["old-landline"] > 0.95
    assert meanings(after)["mobile"] > meanings(before)["mobile"]


def test_between_the_migrations_an_old_landline_is_still_likelier() -> None:
    assert inspect("0363825123", captured_on=date(2018, 1, 1)).type == "landline"


def test_while_both_mobile_forms_ran_the_new_one_is_likelier_but_doubtful() -> None:
    report = inspect("0363825123", captured_on=date(2018, 10, 1))
    assert report.type == "mobile"
    assert 0.5 < meanings(report)["mobile"] < 0.95
    assert "ambiguous" in codes("0363825123", date(2018, 10, 1))


def test_without_a_date_the_number_is_read_by_todays_plan() -> None:
    assert inspect("0363825123").e164 == "+84363825123"
    assert "ambiguous" not in codes("0363825123")


def test_prefixes_older_than_the_migrations_never_doubt() -> None:
    assert meanings(inspect("0912345678", captured_on=date(2010, 1, 1))) == {"mobile": 1.0}


def test_a_prefix_that_no_carrier_holds_is_said_so() -> None:
    assert codes("0951234567") == ["unassigned-prefix"]
    assert inspect("0951234567").original_carrier is None


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("09•••••678", "masked"),
        ("0912xxx678", "masked"),
        ("O912345678", "letters"),
        ("0912345678a", "letters"),
        ("9.12E+08", "scientific-notation"),
        ("0912/345", "unexpected-characters"),
        ("0000000000", "placeholder"),
        ("0999999999", "placeholder"),
        ("09123", "too-short"),
        ("091234567890", "too-long"),
        ("0112345678", "unknown-prefix"),
        ("+999123456789", "invalid-international"),
        ("113", "short-code"),
        ("1" * 99, "too-long"),
    ],
)
def test_a_refusal_has_one_stable_reason(raw: str, code: str) -> None:
    report = inspect(raw)
    assert [issue.code for issue in report.issues] == [code]
    assert (report.valid, report.e164, report.interpretations) == (False, None, ())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("912345678", "leading-zero-lost"),
        ("０９１２３４５６７８", "full-width-digits"),
        ("0162 987 6543", "migrated-mobile"),
        ("04 3825 1234", "migrated-landline"),
        ("1900 1234", "service-number"),
    ],
)
def test_a_good_number_keeps_its_remarks(raw: str, code: str) -> None:
    assert inspect(raw).valid
    assert code in codes(raw)


@pytest.mark.parametrize(
    ("raw", "type_"),
    [
        ("1800 1090", "toll_free"),
        ("1900 123456", "premium"),
        ("113", "short_code"),
        ("069 123456", "unknown"),
    ],
)
def test_services_are_told_apart(raw: str, type_: str) -> None:
    assert inspect(raw).type == type_


@given(
    st.from_regex(r"0[0-9]{8,10}", fullmatch=True), st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))
)
def test_priors_are_probabilities_in_order(raw: str, captured_on: date | None) -> None:
    report = inspect(raw, captured_on=captured_on)
    priors = [reading.prior for reading in report.interpretations]
    assert priors == sorted(priors, reverse=True)
    assert not priors or sum(priors) == pytest.approx(1, abs=0.001)
    assert report.valid == bool(priors)


def test_a_report_is_the_public_answer() -> None:
    answer = msgspec.json.decode(msgspec.json.encode(inspect("0162 987 6543")))
    assert answer == {
        "input": "0162 987 6543",
        "valid": True,
        "e164": "+84329876543",
        "type": "mobile",
        "original_carrier": "Viettel",
        "region": None,
        "migrated_from": "01629876543",
        "interpretations": [{"e164": "+84329876543", "as": "old-mobile", "prior": 1.0}],
        "issues": [
            {
                "code": "migrated-mobile",
                "detail": "An 11-digit mobile number of before 2018; shown as what it became.",
            }
        ],
    }

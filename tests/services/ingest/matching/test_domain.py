"""What is compared, and from which probability on pairs are suggested."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.matching.domain import (
    DEFAULT_THRESHOLD,
    ENOUGH_JUDGED,
    ROW,
    columns_of,
    threshold_of,
)


def columns(**fields: str) -> dict[str, str | None]:
    return dict(zip(ROW, columns_of("0", "s", fields), strict=True))


def test_a_vietnamese_name_is_family_middle_given_without_accents() -> None:
    told = columns(full_name="Đoàn Văn Kiên Cường")
    assert (told["family"], told["middle"], told["given"]) == ("doan", "van kien", "cuong")
    assert columns(full_name="Lan")["given"] == "lan"


def test_what_is_not_known_is_nothing_and_a_date_is_one_form() -> None:
    assert {value for name, value in columns().items() if name not in ("row", "subject")} == {None}
    assert (
        columns(date_of_birth="01/04/1990")["born"]
        == columns(date_of_birth="19900401")["born"]
        == "1990-04-01"
    )
    assert columns(date_of_birth="1990")["born"] is None


judged = st.lists(st.tuples(st.booleans(), st.floats(0.5, 1)), max_size=200)


@given(judged)
def test_few_verdicts_change_nothing(told: list[tuple[bool, float]]) -> None:
    few = told[: ENOUGH_JUDGED - 1]
    assert threshold_of(few) == (DEFAULT_THRESHOLD, "default")


def test_verdicts_that_part_at_a_probability_set_the_threshold_there() -> None:
    told = [(True, 0.9)] * ENOUGH_JUDGED + [(False, 0.7)] * ENOUGH_JUDGED
    assert threshold_of(told) == (0.9, f"{2 * ENOUGH_JUDGED} settled suggestions")


def test_what_kind_of_unit_a_ward_is_makes_nobody_alike() -> None:
    fields = {"address.ward": "Phường Phú Hội", "address.province": "TP. Huế"}
    told = columns(**fields)
    assert (told["ward"], told["province"]) == ("phu hoi", "hue")
    assert columns(**{"address.ward": "P. 5"})["ward"] == "5"
    assert columns(**{"address.ward": "Phường"})["ward"] == "phuong"

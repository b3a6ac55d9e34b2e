"""What a reveal tells: one form for each field, and where an address is today."""

from typing import Any

from services.ingest.records.domain.fields import CURRENT
from tests.services.ingest.harness import Running, record


async def revealed(ingest: Running, *fields: str, **attributes: Any) -> dict[str, str]:
    """The fields of a person of whom one record says `attributes`."""
    sent = record(subject={"identifiers": {"phone": "0912345678"}, "attributes": attributes})
    (receipt,) = await ingest.accept(sent)
    answer = await ingest.reveal(ingest.grant(receipt["subject_id"], *fields))
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()["fields"]
    return told


async def test_attributes_are_told_in_their_one_form(ingest: Running) -> None:
    told = await revealed(
        ingest, "full_name", "date_of_birth", "gender", "address", "address.province",
        full_name="Chị NGUYỄN THỊ ÁNH", date_of_birth="1/4/90", gender="Nữ",
        address={"line": "17 Ngõ Sơn Ca", "ward": "Phường 3", "province": "tp hcm"},
    )  # fmt: skip
    assert told == {
        "full_name": "Nguyễn Thị Ánh",
        "date_of_birth": "1990-04-01",
        "gender": "female",
        "address": "17 Ngõ Sơn Ca, Phường 3, TP. Hồ Chí Minh",
        "address.province": "TP. Hồ Chí Minh",
    }


async def test_a_name_in_two_parts_becomes_one_even_mixed_up(ingest: Running) -> None:
    told = await revealed(
        ingest, "full_name", "first_name", "last_name", first_name="NGUYỄN", last_name="thị ánh"
    )
    assert told == {"full_name": "Nguyễn Thị Ánh", "first_name": "Thị Ánh", "last_name": "Nguyễn"}


async def test_an_address_is_told_as_it_is_today_where_that_is_asked(ingest: Running) -> None:
    written = "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM"
    told = await revealed(ingest, "address", *CURRENT, address=written)
    assert told == {
        "address": "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh",
        "address.current": "12 Lê Lợi, Phường Sài Gòn, TP. Hồ Chí Minh",
        "address.current_province": "TP. Hồ Chí Minh",
    }


async def test_events_carry_the_province_of_then_and_of_now(ingest: Running) -> None:
    who = {"gender": "Nữ", "date_of_birth": "01/04/90", "address": {"province": "binh duong"}}
    await ingest.accept(record(subject={"identifiers": {"phone": "0912345678"}, "attributes": who}))
    (event,) = await ingest.events("records.accepted")
    assert event.traits == {
        "gender": "female",
        "birth_year": 1990,
        "province": "Bình Dương",
        "province_now": "TP. Hồ Chí Minh",
    }

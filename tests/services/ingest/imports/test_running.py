"""A file goes in, and everybody can see what became of each row."""

from tests.services.ingest.harness import Running, consent
from tests.services.ingest.imports.uploads import finished, upload

PEOPLE = (
    "Họ và tên;Số điện thoại;Ngày sinh;Tỉnh/Thành phố\n"
    "Lý Bảo Trân;0912345678;01/04/1990;Huế\n"
    "Đỗ Minh Khôi;987654321;2/5/85;Đà Nẵng\n"
    "Vũ Ngọc Hà;******67;;Hà Nội\n"
)


async def test_rows_become_records_and_each_is_accounted_for(ingest: Running) -> None:
    started = await upload(ingest, PEOPLE.encode(), consent=consent())
    state = await finished(ingest, started)
    assert state["state"] == "done"
    assert (state["total"], state["accepted"], state["quarantined"]) == (3, 2, 1)
    lines = (await ingest.client.get(f"/v1/imports/{started}/errors.csv")).text.splitlines()
    assert lines[0] == "row,column,code,detail"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["4", "Số điện thoại", "masked"],
        ["4", "", "identifier-missing"],
    ]
    found = await ingest.resolve(phone="0987654321")
    assert found["subject_id"]


async def test_a_preview_shows_what_would_be_stored_and_keeps_nothing(ingest: Running) -> None:
    answer = await ingest.client.post("/v1/imports/preview", files={"file": ("a.csv", PEOPLE.encode())})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["encoding"], told["separator"]) == ("utf-8", ";")
    assert told["rows"][1]["subject"]["identifiers"] == {"phone": "0987654321"}
    assert [(one["row"], one["code"]) for one in told["problems"]] == [
        (4, "masked"),
        (4, "identifier-missing"),
    ]
    assert not list((ingest.settings.data_dir / "imports").iterdir())
    assert (await ingest.client.get("/v1/imports")).json()["items"] == []

"""What the doors refuse, list and keep to themselves."""

from pathlib import Path

from tests.privacy.canaries import PLANTED
from tests.privacy.contents import leaks_below
from tests.services.ingest.harness import Running, consent
from tests.services.ingest.imports.uploads import finished, imported, refused, upload

LIST = b"phone,full_name\n0912345678,Le Van Thu\n"


async def test_forms_with_mistakes_are_refused_with_pointers_and_leave_nothing(ingest: Running) -> None:
    wrong = {"kind": "nothing", "consent": "no", "source": "unheard-of", "colour": "red"}
    problem = await refused(ingest, LIST, **wrong)
    assert {one["pointer"] for one in problem["errors"]} == {"/kind", "/consent", "/colour"}
    unknown = await refused(ingest, LIST, source="unheard-of")
    assert unknown["errors"][0]["pointer"] == "/source"
    mapping = await refused(ingest, LIST, mapping={"phone": "payload.nothing", "x/y": ""})
    assert [one["pointer"] for one in mapping["errors"]] == ["/mapping/phone", "/mapping/x~1y"]
    assert (await refused(ingest, b"<html>"))["errors"][0]["pointer"] == "/file"
    assert not list((ingest.settings.data_dir / "imports").iterdir())
    assert (await ingest.client.get("/v1/imports")).json()["items"] == []


async def test_a_mapping_decides_and_an_empty_field_leaves_a_column_out(ingest: Running) -> None:
    mapping = {"phone": "subject.identifiers.phone", "full_name": ""}
    state = await imported(ingest, LIST, mapping=mapping, consent=consent())
    assert state["accepted"] == 1
    (item,) = (await ingest.client.get("/v1/records")).json()["items"]
    revealed = await ingest.reveal(ingest.grant(item["subject_id"], "phone", "full_name"))
    assert revealed.json()["fields"] == {"phone": "+84912345678"}


async def test_a_basis_opens_service_alone(ingest: Running) -> None:
    basis = {"kind": "contract", "proof": "hop dong"}
    assert (await imported(ingest, LIST, consent=basis))["accepted"] == 1
    feedback = b"phone,comment\n0912345678,ok\n"
    assert (await imported(ingest, feedback, kind="feedback", basis=basis))["quarantined"] == 1
    assert (await imported(ingest, b"phone\n0905888101\n"))["quarantined"] == 1


async def test_the_list_is_paged_newest_first(ingest: Running) -> None:
    keys = [await upload(ingest, LIST + bytes([place]), consent=consent()) for place in b"abc"]
    for key in keys:
        await finished(ingest, key)
    first = (await ingest.client.get("/v1/imports?limit=2")).json()
    rest = (await ingest.client.get(f"/v1/imports?limit=2&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == keys[::-1]


async def test_unknown_imports_are_nobodys(ingest: Running) -> None:
    for path in ("x", "01a20dd9-2369-707e-8f40-b8a4c495abc3"):
        assert (await ingest.client.get(f"/v1/imports/{path}")).status_code == 404
        assert (await ingest.client.get(f"/v1/imports/{path}/errors.csv")).status_code == 404
        assert (await ingest.client.post(f"/v1/imports/{path}/undo")).status_code == 404


async def test_nothing_of_a_file_rests_in_clear_not_even_its_header(ingest: Running, tmp_path: Path) -> None:
    planted = {one.label: one.value for one in PLANTED}
    header = f"phone,full_name,{planted['email']}\n"
    row = f"{planted['phone']},{planted['name']},{planted['national id']}\n"
    key = await upload(ingest, (header + row * 3).encode(), consent=consent())
    assert leaks_below(tmp_path) == []
    assert (await finished(ingest, key))["state"] == "done"
    assert leaks_below(tmp_path) == []

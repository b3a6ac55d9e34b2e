"""Imports through the gateway: killed half-way they end as if nothing had happened, undone they leave nothing anywhere."""

import asyncio
import csv
import io
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.demo.connect import open_client
from tests.flow.platforms import Embedded, credentials_of, embedded
from tests.running import until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]

ROWS = 12_000
BASIS = '{"kind": "contract", "proof": "hop dong mua hang"}'


def a_list(rows: int, first: int = 10_000_001) -> bytes:
    lines = [f"Lý Thị {place},09{first + place:08d},{place % 9 + 1}.500.000đ\n" for place in range(rows)]
    return ("Họ và tên,SĐT,Thành tiền\n" + "".join(lines)).encode()


def client_of(platform: Embedded) -> httpx2.AsyncClient:
    return open_client(credentials_of(platform.data_dir), role="operator", base_url=platform.base_url)


async def start(client: httpx2.AsyncClient, content: bytes, **form: str) -> str:
    answer = await client.post(
        "/v1/imports", files={"file": ("a.csv", content)}, data={"basis": BASIS, **form}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def ended(client: httpx2.AsyncClient, key: str) -> dict[str, Any]:
    async def last() -> dict[str, Any] | None:
        state: dict[str, Any] = (await client.get(f"/v1/imports/{key}")).json()
        return state if state["state"] in ("done", "failed", "undone") else None

    found: dict[str, Any] = await until(last, within=120, pause=0.2)
    return found


def facts_of(folder: Path) -> Counter[str]:
    """How many facts of each record the lake holds."""
    from deltalake import DeltaTable

    table = DeltaTable(str(folder)).to_pyarrow_table(columns=["record_id"])
    return Counter(table.column("record_id").to_pylist())


def test_killed_half_way_an_import_goes_on_without_doubles_and_undone_it_is_gone(tmp_path: Path) -> None:
    lake = tmp_path / "data" / "lake"
    with embedded(tmp_path) as platform:
        before = asyncio.run(other_sale(platform))
        key = asyncio.run(killed_on_the_way(platform))
        platform.start()
        state = asyncio.run(finished(platform, key))
        assert (state["state"], state["total"], state["accepted"]) == ("done", ROWS, ROWS)
        assert state["duplicate"] == state["conflict"] == state["quarantined"] == state["failed"] == 0
        facts = wait_for(lake, lambda found: len(found) == ROWS + 1)
        assert set(facts.values()) == {1}
        assert not list((tmp_path / "data" / "imports").iterdir())
        assert asyncio.run(undone(platform, key))["state"] == "undone"
        assert wait_for(lake, lambda found: len(found) == 1) == {before: 1}
        asyncio.run(nobody_consents(platform))


def wait_for(lake: Path, holds: Any) -> Counter[str]:
    deadline = time.monotonic() + 60
    while not holds(found := facts_of(lake)):
        assert time.monotonic() < deadline, len(found)
        time.sleep(0.3)
    return found


async def other_sale(platform: Embedded) -> str:
    """A sale that did not come by the import stays, whatever becomes of that."""
    async with client_of(platform) as client:
        key = await start(client, a_list(1, 77_000_000), kind="transaction")
        await ended(client, key)
        listed = (await client.get("/v1/records")).json()["items"]
    return str(listed[0]["id"])


async def killed_on_the_way(platform: Embedded) -> str:
    async with client_of(platform) as client:
        key = await start(client, a_list(ROWS), kind="transaction")

        async def on_the_way() -> bool:
            return (await client.get(f"/v1/imports/{key}")).json()["accepted"] > 1_000

        await until(on_the_way, pause=0.01)
        state = (await client.get(f"/v1/imports/{key}")).json()
        platform.kill()
    assert state["accepted"] < ROWS
    return key


async def finished(platform: Embedded, key: str) -> dict[str, Any]:
    async with client_of(platform) as client:
        return await ended(client, key)


async def undone(platform: Embedded, key: str) -> dict[str, Any]:
    async with client_of(platform) as client:
        answer = await client.post(f"/v1/imports/{key}/undo")
        assert answer.status_code == 202, answer.text
        return await ended(client, key)


async def nobody_consents(platform: Embedded) -> None:
    async with client_of(platform) as client:
        who = {"identifiers": {"phone": "0910000007"}}
        answer = await client.post("/v1/subjects/lookup", params={"purpose": "service"}, json=who)
        assert answer.status_code == 404


def test_people_of_an_old_list_are_asked_and_what_they_answer_counts(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        asyncio.run(asked(platform))


async def asked(platform: Embedded) -> None:
    async with client_of(platform) as client, httpx2.AsyncClient(base_url=platform.base_url) as anybody:
        content = "Họ và tên,SĐT\nLý Bảo Trân,0912345678\n=Công Thức,0987654321\nLý Bảo Trân,0912345678\n"
        key = await start(client, content.encode())
        assert (await ended(client, key))["accepted"] == 3
        await until(lambda: serves(client, "0987654321"), pause=0.1)
        answer = await client.post(f"/v1/imports/{key}/ask", params={"purpose": "service"})
        assert answer.status_code == 200, answer.text
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["row"], row["full_name"], row["phone"]) for row in rows] == [
            ("2", "Lý Bảo Trân", "0912345678"),
            ("3", "'=Công Thức", "0987654321"),
        ]
        await one_answer(anybody, rows[0]["link"])
        who = {"identifiers": {"phone": "0912345678"}}
        subject = await client.post("/v1/subjects/lookup", params={"purpose": "marketing"}, json=who)
        assert subject.status_code == 200
        acts = (await client.get(f"/v1/subjects/{subject.json()['subject_id']}/consents")).json()
        assert {name for name, one in acts["purposes"].items() if one["in_force"]} == {"service", "marketing"}
        assert acts["items"][0]["method"] == "link"
        again = (
            await client.post(f"/v1/imports/{key}/ask?purpose=service", json={"purposes": ["marketing"]})
        ).text
        assert len(again.splitlines()) == 2


async def serves(client: httpx2.AsyncClient, phone: str) -> bool:
    who = {"identifiers": {"phone": phone}}
    return (await client.post("/v1/subjects/lookup?purpose=service", json=who)).status_code == 200


async def one_answer(anybody: httpx2.AsyncClient, link: str) -> None:
    page = await anybody.get(link)
    assert page.status_code == 200
    assert "Trân" not in page.text
    assert "<script" not in page.text
    assert "checked" not in page.text
    assert set(re.findall(r'value="(\w+)"', page.text)) >= {"marketing", "profiling"}
    assert "Do you agree?" in (await anybody.get(link, params={"lang": "en"})).text
    nothing = await anybody.post(link, data={})
    assert "không có gì được ghi nhận" in nothing.text
    thanks = await anybody.post(link, data={"purposes": ["marketing"]})
    assert "Cảm ơn" in thanks.text
    assert "đã được dùng" in (await anybody.post(link, data={"purposes": ["profiling"]})).text
    assert (await anybody.get(link[:-3] + "abc")).status_code == 404

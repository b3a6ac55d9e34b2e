"""Files of reviews come in as platforms hand them out: understood, shown before, each row once, mistakes named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.web.upstream import Reply, call
from services.social.imports.domain.cells import moment_of, rating_of
from services.social.imports.domain.presets import presets
from services.social.imports.domain.tables import Asked, Block, Broken, read_block
from services.social.mentions.domain.incoming import Taken
from tests.running import HEADER, TOKENS, body_of
from tests.services.social.running import Social
from tests.workbooks import xlsx

FIXTURES = Path(__file__).parent / "fixtures"
NOW_MS = 1_796_000_000_000
SECRET = b"s" * 32


async def upload(social: Social, content: bytes, path: str = "/v1/mentions/imports", **form: Any) -> Reply:
    parts = [
        f'--b\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in form.items()
    ]
    head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="r.csv"\r\n\r\n'
    body = b"".join(parts) + head + content + b"\r\n--b--\r\n"
    headers = (
        (HEADER, TOKENS.mint(social.caller).encode()),
        (b"content-type", b"multipart/form-data; boundary=b"),
    )
    return await call(social.app, "POST", path, headers=headers, body=body)


@pytest.mark.parametrize("key", sorted(presets()))
def test_every_preset_is_recognised_and_every_row_of_its_export_taken(key: str) -> None:
    content = (FIXTURES / f"{key}.csv").read_bytes()
    block = read_block(content, Asked(), SECRET, NOW_MS, 0, 100)
    assert isinstance(block, Block)
    assert (block.layout.preset, block.layout.platform) == (key, presets()[key].platform)
    assert block.problems == []
    assert all(isinstance(one, Taken) for one in block.judged)
    assert len({one.native_id for one in block.judged}) == len(block.judged) >= 2


async def test_a_file_is_shown_taken_in_once_and_read(social: Social) -> None:
    content = (FIXTURES / "google_maps.csv").read_bytes()
    shown = body_of(await upload(social, content, "/v1/mentions/imports/preview"))
    assert (shown["preset"], shown["platform"]) == ("google_maps", "google_maps")
    assert [row["rating"] for row in shown["rows"]] == [5, 1, 4]
    assert "Mộng Mơ" not in json.dumps(shown, ensure_ascii=False)
    assert (await social.get("/v1/mentions"))["items"] == []
    first = await upload(social, content)
    assert first.status == 201, first.body
    assert [body_of(first)[name] for name in ("state", "accepted", "quarantined")] == ["done", 3, 0]
    again = body_of(await upload(social, content))
    assert [again[name] for name in ("accepted", "duplicate")] == [0, 3]
    await social.settled()
    (bad,) = (await social.get("/v1/mentions?sentiment=negative"))["items"]
    assert (bad["platform"], bad["rating"]) == ("google_maps", 1)
    newest, _ = (await social.get("/v1/mentions/imports"))["items"]
    assert newest["id"] == again["id"]


async def test_bad_rows_are_named_and_fail_nobody(social: Social) -> None:
    rows = [
        ["Nội dung", "Số sao", "Ngày đánh giá"],
        ["Tốt", "5 sao", "20/11/2026 10:00"],
        ["", "", "20/11/2026 11:00"],
        ["Chưa tới", "4/5", "20/11/2126"],
        ["Không rõ", "mười", "20/11/2026"],
    ]
    made = await upload(social, xlsx(rows), platform="shopee")
    told = body_of(made)
    assert [told[name] for name in ("accepted", "quarantined", "problems")] == [1, 3, 3]
    errors = await social.ask("GET", f"/v1/mentions/imports/{told['id']}/errors.csv")
    lines = [line.split(",") for line in errors.body.decode().splitlines()[1:]]
    assert [(line[0], line[1], line[2]) for line in lines] == [
        ("3", "Nội dung", "text-missing"),
        ("4", "Ngày đánh giá", "time-in-future"),
        ("5", "Số sao", "field-invalid"),
    ]


@pytest.mark.parametrize(
    ("content", "form", "code"),
    [
        (b"a,b\n1,2\n", {"platform": "shopee"}, "columns-missing"),
        (b"text,date\nhay,2026-11-20\n", {}, "platform-unknown"),
        (b"text,date\nhay,2026-11-20\n", {"platform": "tiki", "mapping": '{"x": "text"}'}, "mapping-wrong"),
        (b"", {"platform": "tiki"}, "file-empty"),
        (b"<html></html>", {"platform": "tiki"}, "file-html"),
        (b"PK\x03\x04broken", {"platform": "tiki"}, "spreadsheet-broken"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    social: Social, content: bytes, form: dict[str, str], code: str
) -> None:
    reply = await upload(social, content, **form)
    assert reply.status == 422, reply.body
    assert code in body_of(reply)["errors"][0]["detail"]
    assert (await social.get("/v1/mentions/imports"))["items"] == []


async def test_words_that_are_not_allowed_are_named(social: Social) -> None:
    reply = await upload(social, b"x", platform="myspace", mapping="[]")
    assert reply.status == 422
    assert {error["pointer"] for error in body_of(reply)["errors"]} == {"/platform", "/mapping"}


def test_a_large_file_is_read_in_blocks_that_come_to_every_row_once() -> None:
    rows = [f"c{number},rất tốt {number},2026-11-20 10:00" for number in range(25)]
    content = "\n".join(["id,text,date", *rows]).encode()
    seen: list[str | None] = []
    after: int | None = 0
    while after is not None:
        block = read_block(content, Asked(platform="tiki"), SECRET, NOW_MS, after, 10)
        assert isinstance(block, Block)
        assert len(block.judged) <= 10
        seen += [one.native_id for one in block.judged]
        after = block.after
    assert seen == [f"c{number}" for number in range(25)]


def test_without_ids_the_same_review_is_the_same_mention() -> None:
    content = b"text,user,date\nhay,lan.v,20/11/2026\nhay,lan.v,20/11/2026\nhay,mai.v,20/11/2026\n"
    block = read_block(content, Asked(platform="tiki"), SECRET, NOW_MS, 0, 10)
    assert isinstance(block, Block)
    first, same, other = (one.native_id for one in block.judged)
    assert first == same != other


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    assert isinstance(read_block(content, Asked(platform="tiki"), SECRET, NOW_MS, 0, 5), Block | Broken)


@pytest.mark.parametrize(
    ("cell", "rating"),
    [("FIVE", 5), ("★★★", 3), ("4/5", 4), ("3,5 sao", 3.5), (2.0, 2), ("", None), ("mười", "mười")],
)
def test_ratings_are_read_as_platforms_write_them(cell: Any, rating: Any) -> None:
    assert rating_of(cell) == rating


def test_moments_are_dates_seconds_or_milliseconds() -> None:
    assert moment_of("1795057929000") == moment_of("1795057929") == "2026-11-19T03:12:09+00:00"
    assert moment_of("20/11/2026 10:00") == "2026-11-20T10:00:00+07:00"
    assert moment_of("hôm qua") == "hôm qua"

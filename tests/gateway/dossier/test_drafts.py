"""Drafts are made of what is really there, in Vietnamese, as Word and PDF."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document as Word
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossier.domain import Profile, dossier_duty, hours_left, reach_of, risks_of
from gateway.policy.domain import FIELDS
from kernel.web.asgi import Scope, Send
from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, Ingest, refused
from tests.running import body_of
from tests.vault_double import answer

RULES = [{"key": "behaviour", "days": 396, "reason": {"vi": "Không lâu hơn mục đích cần.", "en": "..."}}]


@pytest.fixture
def person(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> str:
    """An invented person, and an ingest that tells its sources and rules of retention."""
    plain = Ingest.respond

    async def respond(self: Ingest, scope: Scope, body: bytes, send: Send) -> None:
        if scope["path"] == "/v1/sources":
            await answer(send, 200, {"items": [{"key": "pos-hcm-01", "name": "Cửa hàng"}]})
        elif scope["path"] == "/v1/retention":
            await answer(send, 200, {"active": True, "rules": RULES})
        else:
            await plain(self, scope, body, send)

    monkeypatch.setattr(Ingest, "respond", respond)
    return gateway.ingest.add(phone="+84912345678", full_name="Nguyễn Thị Ánh")


def words_of(reply: Reply) -> str:
    """All text of a Word file, tables included."""
    assert reply.status == 200, reply.body
    word = Word(io.BytesIO(reply.body))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in word.paragraphs), *cells])


async def test_the_record_of_processing_names_everything_that_is_configured(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "service")
    told = body_of(await gateway.ask("GET", "/v1/inventory", who="privacy_officer"))
    assert {one["field"] for one in told["fields"]} == set(FIELDS)
    assert [one["key"] for one in told["sources"]] == ["pos-hcm-01"]
    assert {one["kind"] for one in told["clients"]} >= {"operator", "partner"}
    marketing = next(one for one in told["purposes"] if one["purpose"] == "marketing")
    assert marketing == {
        "purpose": "marketing", "notices": ["core 1"], "clients": ["operator", "partner"],
    }  # fmt: skip
    assert (told["people"], told["retention"]) == (1, RULES)
    assert "secret" not in str(told)
    assert refused(await gateway.ask("GET", "/v1/inventory", who="partner"), 403, "scope-missing")


async def test_the_dossier_says_in_vietnamese_what_the_record_says(gateway: Gateway, person: str) -> None:
    entry = {
        "name": "Đối tác <Á> & Co", "role": "recipient", "country": "SG", "purposes": ["sharing"],
        "data": ["contact"],
    }  # fmt: skip
    assert (await gateway.ask("PUT", "/v1/recipients/acme", entry, who="privacy_officer")).status == 201
    words = words_of(await gateway.ask("GET", "/v1/inventory/dossier", who="privacy_officer"))
    for wanted in (
        "HỒ SƠ ĐÁNH GIÁ TÁC ĐỘNG XỬ LÝ DỮ LIỆU CÁ NHÂN", "Đối tác <Á> & Co", "pos-hcm-01", "396 ngày",
        "national_id", "Bên nước ngoài chưa được đánh giá: Đối tác <Á> & Co", "[cần điền]",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert "{{" not in words
    assert "{%" not in words
    pdf = await gateway.ask("GET", "/v1/inventory/dossier?format=pdf", who="privacy_officer")
    assert pdf.body.startswith(b"%PDF-")
    assert len(pdf.body) > 10_000
    assert b"BeVietnamPro" in pdf.body, "the typeface is in the file"
    reasons = [one["reason"] for one in await gateway.audit(action="privacy")]
    assert reasons[:2] == ["drafted impact dossier"] * 2


async def test_the_report_of_a_breach_tells_whom_and_what_it_reached_from_the_trail(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "service")
    for _ in range(2):
        await gateway.ask("GET", f"/v1/subjects/{person}?purpose=service&fields=phone", who="operator")
    now = datetime.now(UTC)
    body = {
        "detected_at": (now - timedelta(hours=2)).isoformat(),
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(minutes=1)).isoformat(),
        "client_id": gateway.credentials["operator"]["client_id"],
        "description": "Máy của một nhân viên bị mất.",
    }
    words = words_of(await gateway.ask("POST", "/v1/breach-reports", body, who="privacy_officer"))
    for wanted in (
        "Số người: 1; số lần đọc: 2.",
        "Trường: phone.",
        "Máy của một nhân viên bị mất.",
        "operator",
    ):
        assert wanted in words, wanted
    assert "còn 69 giờ" in words or "còn 70 giờ" in words
    pdf = await gateway.ask("POST", "/v1/breach-reports?format=pdf", body, who="privacy_officer")
    assert pdf.body.startswith(b"%PDF-")


async def test_where_ingest_does_not_answer_there_is_no_half_record(gateway: Gateway) -> None:
    gateway.parts.upstreams.pop("ingest")  # type: ignore[attr-defined]  # a dict
    assert refused(await gateway.ask("GET", "/v1/inventory", who="privacy_officer"), 503, "unavailable")


def test_the_template_is_a_word_file_that_anybody_may_change() -> None:
    from importlib.resources import files

    content = files("gateway.dossier").joinpath("draft.docx").read_bytes()
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@given(st.sampled_from(Profile), st.integers(0, 300_000), st.booleans())
def test_who_files_a_dossier(profile: Profile, people: int, sensitive: bool) -> None:
    files_it = dossier_duty(profile, people, sensitive=sensitive).files
    assert files_it == (
        profile is Profile.STANDARD or people >= 100_000 or (sensitive and profile is Profile.SMALL)
    )


@given(st.integers(0, 200))
def test_the_clock_of_a_breach_is_seventy_two_hours(passed: int) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert hours_left(now - timedelta(hours=passed), now) == 72 - passed


def test_risks_follow_from_the_facts_the_weightiest_first() -> None:
    quiet: dict[str, Any] = {
        "fields": [], "recipients": [], "requests": {"overdue": 0}, "children": 0, "emergencies": 0,
    }  # fmt: skip
    assert len(risks_of(quiet)) == 2
    busy = {**quiet, "children": 3, "emergencies": 1, "requests": {"overdue": 2}}
    found = risks_of(busy)
    weights = [one.likely * one.grave for one in found]
    assert weights == sorted(weights, reverse=True)
    assert any("2 yêu cầu" in one.what for one in found)


def test_reach_counts_people_once() -> None:
    reads = [
        {"subject_id": "a", "fields": ["phone"], "purpose": "service", "times": 2},
        {"subject_id": "a", "fields": ["payment_card"], "purpose": "service", "times": 1},
    ]
    reach = reach_of(reads)
    assert (reach["people"], reach["reads"], reach["sensitive"]) == (1, 3, True)

"""The record of processing, gathered from where each part of it is really kept; drafts are made of it."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.audit import repository as audit
from gateway.consent.domain import PURPOSES, micros
from gateway.dossier import repository
from gateway.dossier.domain import families_held, fields_held, reach_of
from gateway.dossier.schemas import Breach
from gateway.parts import Parts
from kernel.contracts.topics import RETENTION_DAYS
from kernel.errors import Fault, Unavailable
from kernel.ids import canonical_id
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import call

MOST_READS: Final = 10_000
MEASURES: Final = (
    "Dữ liệu định danh được niêm phong (AES-256-GCM) bằng khoá riêng của từng người; khoá cất tách khỏi dữ liệu.",
    "Tra cứu bằng chỉ mục mù (HMAC-SHA-256); không nhật ký, chủ đề hay bản sao lưu nào chứa dữ liệu định danh dạng rõ.",
    "Mỗi lần đọc phải khai mục đích, kiểm tra sự đồng ý tại thời điểm đó, và chỉ cho thấy mức tối thiểu.",
    "Nhật ký truy cập dạng chuỗi băm có điểm kiểm tra được ký; không ghi được nhật ký thì không cho đọc.",
    f"Xoá là huỷ khoá ở mọi nơi, có chứng thư ký số; sự kiện ẩn danh hết hạn sau {RETENTION_DAYS} ngày.",
)


async def inventory(parts: Parts) -> dict[str, Any]:
    """The record of processing as of now. Raises Unavailable where ingest does not answer."""
    now = datetime.now(UTC)
    async with parts.database.snapshot() as connection:
        people, children = await repository.people(connection, micros(now))
        clients = await repository.clients(connection)
        notices = await repository.notices(connection)
        kept = {
            "recipients": await repository.recipients(connection),
            "requests": await repository.requests(connection, now),
            "emergencies": await repository.emergencies(connection),
        }
    sources = await _asked_of_ingest(parts, "/v1/sources")
    retention = await _asked_of_ingest(parts, "/v1/retention")
    return {
        "generated_at": now,
        "controller": parts.settings.controller,
        "profile": parts.settings.law_profile,
        "people": people,
        "children": children,
        "purposes": [_purpose(one, notices, clients) for one in PURPOSES],
        "fields": fields_held(),
        "families": families_held(),
        "sources": [{"key": one["key"], "name": one["name"]} for one in sources["items"]],
        "clients": clients,
        "notices": notices,
        "retention": retention["rules"],
        "retention_active": retention["active"],
        "measures": list(MEASURES),
        **kept,
    }


def _purpose(purpose: str, notices: list[dict[str, Any]], clients: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "notices": [f"{one['key']} {one['version']}" for one in notices if purpose in one["purposes"]],
        "clients": [one["name"] for one in clients if purpose in one["purposes"]],
    }


async def breach_of(parts: Parts, told: Breach) -> dict[str, Any]:
    """What the audit trail says was reached: by a client, of a person, or by everybody, in the time that is named."""
    client_id = canonical_id(told.client_id) if told.client_id else None
    async with parts.database.snapshot() as connection:
        rows = await audit.count_reads(
            connection,
            subjects=[canonical_id(told.subject_id) or ""] if told.subject_id else None,
            client_id=client_id or told.client_id,
            purpose=None,
            since=told.since,
            until=told.until,
            limit=MOST_READS,
        )
        names = {one["id"]: one["name"] for one in await repository.clients(connection)}
    reads = [
        {
            "client": names.get(row.client_id, row.client_id),
            "subject_id": row.subject,
            "purpose": row.purpose,
            "fields": msgspec.json.decode(row.fields),
            "times": row.times,
            "last_at": row.last_at,
        }
        for row in rows
    ]
    by_client: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in reads:
        key = (one["client"], one["purpose"], tuple(one["fields"]))
        held = by_client.setdefault(key, {**one, "times": 0})
        held["times"] += one["times"]
        held["last_at"] = max(held["last_at"], one["last_at"])
    return {**told.model_dump(), "reads": list(by_client.values()), "reach": reach_of(reads)}


async def _asked_of_ingest(parts: Parts, path: str) -> dict[str, Any]:
    app = parts.upstreams.get("ingest")
    if app is None:
        raise Unavailable("The ingest service is not connected.")
    token = parts.internal.mint(Caller("gateway", "service")).encode()
    try:
        reply = await call(app, "GET", path, headers=((HEADER, token),))
        if reply.status != 200:
            raise Unavailable("Ingest does not answer now.")
        return msgspec.json.decode(reply.body, type=dict[str, Any])
    except (Fault, OSError, msgspec.DecodeError) as error:
        raise Unavailable("Ingest does not answer now.") from error

"""Clients of a running platform, and what they send and expect."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

PATIENCE_S = 60.0


@dataclass(frozen=True)
class People:
    """Clients of the running platform, one a role."""

    operator: httpx2.AsyncClient
    officer: httpx2.AsyncClient
    collector: httpx2.AsyncClient
    partner: httpx2.AsyncClient


def record(**fields: Any) -> dict[str, Any]:
    """A valid record of an invented person, with `fields` in place of its own."""
    now = datetime.now(UTC)
    body: dict[str, Any] = {
        "id": str(uuid4()),
        "source": "default",
        "channel": "form",
        "kind": "profile",
        "occurred_at": (now - timedelta(minutes=1)).isoformat(),
        "subject": {
            "identifiers": {"phone": "0905 111 222", "email": "lan.mai.invented@example.com"},
            "attributes": {"full_name": "Mai Thị Lan", "gender": "female", "date_of_birth": "1991-05-02"},
        },
        "consent": consent(["service", "analytics", "profiling", "marketing"], now - timedelta(minutes=1)),
    }
    return body | fields


def consent(purposes: list[str], captured_at: datetime) -> dict[str, Any]:
    """An act of consent to the notice that exists from the first start."""
    return {
        "notice": "core",
        "version": 1,
        "purposes": purposes,
        "method": "form",
        "captured_at": captured_at.isoformat(),
        "proof": "signature 17",
    }


async def send(client: httpx2.AsyncClient, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """The receipts of one batch."""
    reply = await client.post("/v1/records/batch", json={"records": list(records)})
    assert reply.status_code == 202, reply.text
    receipts: list[dict[str, Any]] = reply.json()["receipts"]
    return receipts


async def problem(reply: httpx2.Response, status: int, code: str) -> None:
    """`reply` is a problem of that status and type."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert reply.json()["type"] == f"https://chandung.dev/problems/{code}"

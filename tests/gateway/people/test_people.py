"""Merging and splitting at the gateway: in force when it is answered, and on record."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.ids import new_id
from kernel.web.asgi import Scope, Send
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of
from tests.vault_double import VaultDouble, answer

Answers = Callable[[str], tuple[int, dict[str, Any]]]


def let_ingest_answer(gateway: Gateway, answers: Answers) -> None:
    """What ingest's doors for merges answer, by path; its vault doors stay as they are."""
    ingest = gateway.ingest

    async def respond(scope: Scope, body: bytes, send: Send) -> None:
        if scope["path"].startswith("/internal/"):
            await VaultDouble.respond(ingest, scope, body, send)
        else:
            await answer(send, *answers(scope["path"]))

    ingest.respond = respond  # type: ignore[method-assign]  # a double of a double


@pytest.fixture
def pair(gateway: Gateway) -> tuple[str, str]:
    """Two invented people whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678"), gateway.ingest.add(email="binh@example.net")


def made(source: str, target: str, version: int, moment: str) -> dict[str, Any]:
    """A merge, or its end, as ingest tells it."""
    at = datetime.now(UTC).isoformat()
    return {
        "merge_id": MERGE,
        "subject_id": target,
        "source_id": source,
        "merge_version": version,
        moment: at,
    }


MERGE = new_id()


async def joined(gateway: Gateway, source: str, target: str) -> None:
    let_ingest_answer(gateway, lambda _: (201, made(source, target, 1, "merged_at")))
    body = {"source_id": source, "target_id": target, "reason": "One customer, two cards"}
    reply = await gateway.ask("POST", "/v1/subjects/merge", body, who="operator")
    assert reply.status == 201, reply.body
    assert body_of(reply)["subject_id"] == target


async def test_a_merge_is_in_force_when_it_is_answered(gateway: Gateway, pair: tuple[str, str]) -> None:
    one, other = pair
    await gateway.consent(one, "marketing")
    await gateway.consent(other, "marketing")
    await gateway.withdraw(one, "marketing")
    await joined(gateway, one, other)
    reply = await gateway.ask("GET", f"/v1/subjects/{other}?purpose=marketing", who="operator")
    assert refused(reply, 403, "consent-missing"), "the stricter consent of the two counts"
    entries = await gateway.audit(action="write")
    assert {entry["subject_id"] for entry in entries if entry["reason"] == "merge"} == {one, other}


async def test_a_split_gives_each_their_own_consent_back(gateway: Gateway, pair: tuple[str, str]) -> None:
    one, other = pair
    await gateway.consent(other, "marketing")
    await gateway.consent(one, "service")
    await gateway.withdraw(one, "marketing")
    await joined(gateway, one, other)
    let_ingest_answer(gateway, lambda _: (200, made(one, other, 2, "split_at")))
    body = {"merge_id": MERGE, "reason": "Two people after all"}
    assert (await gateway.ask("POST", "/v1/subjects/split", body, who="operator")).status == 200
    reply = await gateway.ask("GET", f"/v1/subjects/{other}/consents", who="operator")
    assert body_of(reply)["purposes"]["marketing"]["in_force"]


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(404, "not-found", 404), (410, "erased", 410), (409, "already-one", 409), (500, "internal", 503)],
)
async def test_a_refusal_of_ingest_is_told_by_its_own_name(
    gateway: Gateway, pair: tuple[str, str], status: int, code: str, told: int
) -> None:
    problem = {
        "type": f"https://chandung.dev/problems/{code}",
        "title": "No",
        "status": status,
        "detail": "No.",
    }
    let_ingest_answer(gateway, lambda _: (status, problem))
    body = {"source_id": pair[0], "target_id": pair[1], "reason": "x"}
    reply = await gateway.ask("POST", "/v1/subjects/merge", body, who="operator")
    assert refused(reply, told, code if told == status else "unavailable")


async def test_who_may_not_write_people_merges_nobody(gateway: Gateway, pair: tuple[str, str]) -> None:
    body = {"source_id": pair[0], "target_id": pair[1], "reason": "x"}
    reply = await gateway.ask("POST", "/v1/subjects/merge", body, who="collector")
    assert refused(reply, 403, "scope-missing")

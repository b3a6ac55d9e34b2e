"""A seal is broken with a reason, announced and on record; it opens no gate."""

from typing import Any

import pytest

from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

CCCD = "001190000018"
WHY = "Công an đề nghị đối chiếu giấy tờ của 0912 345 678"


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678", national_id=CCCD)


async def unseal(gateway: Gateway, subject: str, who: str = "operator", **more: Any) -> Reply:
    """Ask for the citizen's id in an emergency."""
    body = {"fields": ["national_id"], "reason": WHY, **more}
    return await gateway.ask("POST", f"/v1/subjects/{subject}/unseal?purpose=service", body, who=who)


async def test_the_field_is_clear_the_officer_hears_of_it_and_the_trail_says_why(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "service")
    answer = body_of(await unseal(gateway, person))
    assert answer["fields"] == {"national_id": {"value": CCCD, "disclosure": "clear", "reason": "emergency"}}
    (alert,) = body_of(await gateway.ask("GET", "/v1/alerts?open=true", who="privacy_officer"))["items"]
    assert (alert["kind"], alert["about"]) == ("emergency", answer["decision_id"])
    assert alert["detail"]["client_id"] == gateway.credentials["operator"]["client_id"]
    entry = (await gateway.audit(action="reveal"))[0]
    assert (entry["subject_id"], entry["fields"], entry["reason"]) == (person, ["national_id"], "emergency")
    assert entry["context"]["why"].startswith("Công an đề nghị")
    assert "345 678" not in str(entry), "what identifies is not kept"
    closed = await gateway.ask("POST", f"/v1/alerts/{alert['id']}/close", who="privacy_officer")
    assert body_of(closed)["closed_at"]
    still = body_of(await gateway.ask("GET", "/v1/alerts?open=true", who="privacy_officer"))
    assert still["items"] == []


async def test_it_opens_no_gate(gateway: Gateway, person: str) -> None:
    assert refused(await unseal(gateway, person), 403, "consent-missing")
    await gateway.consent(person, "service")
    assert refused(await unseal(gateway, person, reason="why"), 422, "invalid-input")
    await gateway.register("app", type="internal", purposes=["service"])
    assert refused(await unseal(gateway, person, "app"), 403, "purpose-not-allowed")
    body = {"type": "restrict", "subject_id": person}
    await gateway.ask("POST", "/v1/privacy-requests", body, who="privacy_officer")
    assert refused(await unseal(gateway, person), 403, "consent-missing")
    shown = [grant for grant in gateway.ingest.grants if grant["fields"]]
    assert shown == []
    assert {entry["decision"] for entry in await gateway.audit(action="reveal")} == {"deny"}
    assert body_of(await gateway.ask("GET", "/v1/alerts", who="privacy_officer"))["items"] == []

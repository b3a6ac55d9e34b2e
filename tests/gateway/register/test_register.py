"""The register decides where data may go, and a notice to whom."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

ENTRY = {"name": "Loyalty Partner JSC", "role": "recipient", "purposes": ["marketing"], "data": ["contact"]}


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678")


async def keep(gateway: Gateway, key: str = "loyalty", **more: Any) -> Reply:
    """Write an entry about the partner of the first start."""
    client = gateway.credentials["partner"]["client_id"]
    body = {**ENTRY, "client_id": client, **more}
    return await gateway.ask("PUT", f"/v1/recipients/{key}", body, who="privacy_officer")


async def read(gateway: Gateway, subject: str, who: str = "partner") -> Reply:
    """The partner reads the person's phone."""
    client = gateway.credentials["partner"]["client_id"]
    pairwise = gateway.parts.pairwise.outer(client, subject)
    return await gateway.ask("GET", f"/v1/subjects/{pairwise}?purpose=marketing&fields=phone", who=who)


async def test_a_client_abroad_reads_nothing_until_its_transfer_is_assessed(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing")
    assert (await read(gateway, person)).status == 200
    assert (await keep(gateway, country="SG")).status == 201
    assert refused(await read(gateway, person), 403, "transfer-not-allowed")
    assessed = {"country": "SG", "assessed_at": "2026-11-01T00:00:00+07:00"}
    assert refused(await keep(gateway, **assessed), 422, "invalid-input")
    assert (await keep(gateway, **assessed, basis="Hợp đồng chuyển dữ liệu")).status == 200
    assert (await read(gateway, person)).status == 200
    await keep(gateway, **assessed, basis="Hợp đồng chuyển dữ liệu", purposes=["sharing"])
    assert refused(await read(gateway, person), 403, "transfer-not-allowed")


async def test_an_entry_that_has_ended_ends_the_reading(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing")
    await keep(gateway, ended_at="2026-11-01T00:00:00+07:00")
    assert refused(await read(gateway, person), 403, "transfer-not-allowed")


async def test_a_partner_that_the_agreed_version_does_not_name_is_denied(
    gateway: Gateway, person: str
) -> None:
    await keep(gateway)
    text = {"vi": "Chia sẻ cho đối tác được nêu tên.", "en": "Shared with named partners."}
    named = {"key": "club", "purposes": ["marketing"], "text": text}
    for recipients in (["somebody-else"], ["loyalty"]):
        reply = await gateway.ask("POST", "/v1/notices", {**named, "recipients": recipients}, who="operator")
        assert body_of(reply)["recipients"] == recipients
    await agree(gateway, person, 1)
    assert refused(await read(gateway, person), 403, "recipient-not-named")
    await agree(gateway, person, 2)
    assert (await read(gateway, person)).status == 200


async def agree(gateway: Gateway, person: str, version: int) -> None:
    """The person agrees to marketing under a version of the notice `club`."""
    act = {
        "subject_id": person, "notice": "club", "version": version, "purposes": ["marketing"],
        "method": "form", "captured_at": datetime.now(UTC).isoformat(), "proof": f"form {version}",
    }  # fmt: skip
    reply = await gateway.ask("POST", "/v1/consents", act, who="operator")
    assert reply.status == 201, reply.body


async def test_the_register_is_listed_and_each_change_is_on_record(gateway: Gateway) -> None:
    await keep(gateway)
    await keep(gateway, name="Loyalty Partner 2")
    items = body_of(await gateway.ask("GET", "/v1/recipients", who="operator"))["items"]
    assert [(one["key"], one["name"], one["country"]) for one in items] == [
        ("loyalty", "Loyalty Partner 2", "VN")
    ]
    assert [one["reason"] for one in await gateway.audit(action="policy")][:2] == ["recipient loyalty"] * 2
    assert refused(await keep(gateway, "another"), 409, "conflict")
    assert refused(await keep(gateway, "odd", client_id=None, data=["shoes"]), 422, "invalid-input")
    reply = await gateway.ask("PUT", "/v1/recipients/x", {}, who="operator")
    assert refused(reply, 403, "scope-missing")

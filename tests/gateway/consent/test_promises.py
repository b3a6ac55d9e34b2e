"""What a notice promises holds: how long, for whom, and until it asks anew; and a child does not consent alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from deploy.cli.receipts import app as receipts
from gateway.consent.domain import DAY, Act, Origin, fold, in_force, standing_on
from gateway.consent.expiry import end_expired, settle_notices
from kernel.ids import new_id
from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

TEXT = {"vi": "Chúng tôi gửi ưu đãi.", "en": "We send offers."}


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678")


async def publish(gateway: Gateway, **more: Any) -> int:
    """A version of the notice `offers`; its number."""
    body = {"key": "offers", "purposes": ["marketing", "sharing"], "text": TEXT, **more}
    reply = await gateway.ask("POST", "/v1/notices", body, who="operator")
    assert reply.status == 201, reply.body
    version: int = body_of(reply)["version"]
    return version


async def agree(gateway: Gateway, person: str, version: int, **more: Any) -> Reply:
    """The person agrees to marketing."""
    act = {
        "subject_id": person, "notice": "offers", "version": version, "purposes": ["marketing"],
        "method": "form", "captured_at": datetime.now(UTC).isoformat(), "proof": new_id(), **more,
    }  # fmt: skip
    return await gateway.ask("POST", "/v1/consents", act, who="operator")


async def may_read(gateway: Gateway, person: str) -> bool:
    """Whether the person is read for marketing."""
    reply = await gateway.ask("GET", f"/v1/subjects/{person}?purpose=marketing&fields=phone", who="operator")
    return reply.status == 200


async def shown(gateway: Gateway, person: str) -> dict[str, Any]:
    """How marketing stands."""
    reply = await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator")
    told: dict[str, Any] = body_of(reply)["purposes"]["marketing"]
    return told


async def test_consent_ends_when_its_time_is_over_at_the_door_at_once_and_everywhere_soon(
    gateway: Gateway, person: str
) -> None:
    version = await publish(gateway, valid_days=30)
    long_ago = (datetime.now(UTC) - timedelta(days=29, hours=23)).isoformat()
    assert (await agree(gateway, person, version, captured_at=long_ago)).status == 201
    assert await may_read(gateway, person)
    assert (await shown(gateway, person))["expires_at"]
    older = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    other = gateway.ingest.add(phone="+84909000111")
    assert (await agree(gateway, other, version, captured_at=older)).status == 201
    assert not await may_read(gateway, other), "before anybody has swept"
    assert await end_expired(gateway.parts.database) == 1
    assert await end_expired(gateway.parts.database) == 0
    assert not (await shown(gateway, other))["in_force"]
    assert await may_read(gateway, person)


async def test_a_notice_that_asks_anew_ends_what_was_agreed_to_before_it(
    gateway: Gateway, person: str
) -> None:
    first = await publish(gateway)
    assert (await agree(gateway, person, first)).status == 201
    second = await publish(gateway)
    assert await may_read(gateway, person), "a new version by itself ends nothing"
    third = await publish(gateway, renews=True)
    assert not await may_read(gateway, person)
    assert refused(await agree(gateway, person, second), 422, "notice-unknown")
    await settle_notices(gateway.parts.database)
    assert not (await shown(gateway, person))["in_force"]
    assert (await agree(gateway, person, third)).status == 201
    assert await may_read(gateway, person)
    await settle_notices(gateway.parts.database)
    assert await may_read(gateway, person)


async def test_for_a_child_a_parent_consents(gateway: Gateway, person: str) -> None:
    version, turns = await publish(gateway), (datetime.now(UTC) + timedelta(days=4 * 365)).date().isoformat()
    guardian = {"relation": "parent", "of_age_at": turns}
    assert (await agree(gateway, person, version)).status == 201
    assert await may_read(gateway, person), "nobody knows yet that they are a child"
    told = await agree(gateway, person, version, purposes=["sharing"], guardian=guardian)
    assert refused(told, 422, "invalid-input"), "a child of twelve agrees to disclosure too"
    told = await agree(
        gateway, person, version, purposes=["sharing"], guardian={**guardian, "child_agreed": True}
    )
    assert told.status == 201
    reply = await gateway.ask("GET", f"/v1/subjects/{person}?purpose=marketing", who="operator")
    assert refused(reply, 403, "guardian-missing"), "what the child agreed to alone opens nothing any more"
    assert refused(await agree(gateway, person, version), 403, "guardian-missing")
    assert (await agree(gateway, person, version, guardian=guardian)).status == 201
    assert await may_read(gateway, person)
    items = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))["items"]
    assert items[0]["guardian"] == "parent"
    grown = {"relation": "parent", "of_age_at": "2020-01-01"}
    assert refused(await agree(gateway, person, version, guardian=grown), 422, "invalid-input")


moments = st.integers(1, 400)


@given(moments, moments, moments)
def test_expired_consent_is_as_never_asked_for(granted: int, lasts: int, now: int) -> None:
    act = Act("s", "given", ("marketing",), granted * DAY, granted * DAY, expires_at=(granted + lasts) * DAY)
    state, moment = fold({}, act), now * DAY
    assert ("marketing" in in_force([Origin(state)], moment)) == (now < granted + lasts)
    over = fold(state, Act("s", "expired", ("marketing",), moment, moment))
    assert in_force([Origin(over)], 0) == (frozenset() if now >= granted + lasts else {"marketing"})
    assert not over["marketing"].withdrawn, "nobody withdrew: another origin's consent still counts"
    assert fold(over, Act("s", "expired", ("marketing",), moment, moment)) is over


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_childs_own_consent_is_unguarded(by_parent: bool, other_by_parent: bool, child: bool) -> None:
    def given_by(parent: bool) -> dict[str, Any]:
        act = Act("s", "given", ("marketing",), DAY, DAY, guardian="parent" if parent else None)
        return dict(fold({}, act))

    origins = {
        "a": Origin(given_by(by_parent), of_age_at=3 * DAY if child else None),
        "b": Origin(given_by(other_by_parent), merged_at=DAY),
    }
    standing = standing_on("a", origins, 2 * DAY)
    assert ("marketing" in standing.unguarded) == (child and not (by_parent and other_by_parent))
    assert standing_on("a", origins, 4 * DAY).unguarded == frozenset()


async def test_a_receipt_is_checked_offline_by_the_published_keys_and_notice(
    gateway: Gateway, person: str, tmp_path: Path
) -> None:
    controller = {"name": "Công ty TNHH Mẫu", "contact": "quyenriengtu@mau.example"}
    version = await publish(gateway, controller=controller, recipients=["loyalty"], valid_days=365)
    made = body_of(await agree(gateway, person, version))
    receipt = body_of(await gateway.ask("GET", made["receipt"], who="operator"))
    told = receipt["receipt"]
    assert told["pii_controllers"] == [{"role": "controller", **controller}]
    assert told["pii_processing"][0]["recipients"] == ["loyalty"]
    assert told["event"]["expires_at"]
    notices = body_of(await gateway.ask("GET", "/v1/notices", who="operator"))["items"]
    files = {
        "receipt": receipt,
        "jwks": body_of(await gateway.ask("GET", "/.well-known/jwks.json")),
        "notice": next(one for one in notices if one["key"] == "offers"),
    }
    paths = {name: tmp_path / f"{name}.json" for name in files}
    for name, content in files.items():
        paths[name].write_text(json.dumps(content))
    command = [
        "verify",
        str(paths["receipt"]),
        "--jwks",
        str(paths["jwks"]),
        "--notice",
        str(paths["notice"]),
    ]
    good = CliRunner().invoke(receipts, command)
    assert good.exit_code == 0, good.output
    assert json.loads(good.output) == told
    for name, changed in (
        ("notice", {**files["notice"], "recipients": ["loyalty", "another"]}),
        ("receipt", {**receipt, "receipt": {**told, "pii_principal_id": new_id()}}),
        ("receipt", {**receipt, "jws": receipt["jws"][:-8] + "AAAAAAAA"}),
    ):
        paths[name].write_text(json.dumps(changed))
        bad = CliRunner().invoke(receipts, command)
        assert isinstance(bad.exception, ValueError), name
        paths[name].write_text(json.dumps(files[name]))

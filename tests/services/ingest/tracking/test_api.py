"""Messages as SDKs send them, at a running ingest."""

import gzip
import json
from typing import Any

import pytest

from kernel.contracts.subjects import SubjectMerged
from kernel.ids import new_id
from services.ingest.tracking.domain.mapping import record_id
from services.ingest.tracking.domain.message import MAX_BATCH, MAX_EVENT
from tests.services.ingest.harness import Running, ago
from tests.services.ingest.test_claims import prove, suggestions

YES = {"consent": {"categoryPreferences": {"service": True, "analytics": True}}}


def track(**changed: Any) -> dict[str, Any]:
    """What a visitor did, agreeing to service and analytics."""
    made = {"anonymousId": new_id(), "messageId": new_id(), "event": "Product Viewed", "context": YES}
    return {"type": "track", **made, **changed}


async def post(ingest: Running, path: str, body: Any, **headers: str) -> Any:
    """The answer of a tracking door."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await ingest.client.post(path, content=content, headers=headers)


async def taken(ingest: Running, path: str, body: Any, **headers: str) -> None:
    """A request that must be answered as that API answers."""
    answer = await post(ingest, path, body, **headers)
    assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text


async def reasons(ingest: Running, message_id: str) -> list[str]:
    """Why a message waits."""
    found = (await ingest.client.get(f"/v1/records/{record_id(message_id)}")).json()
    assert found["status"] == "quarantined", found
    return [one["code"] for one in found["reasons"]]


async def history(ingest: Running, message_id: str) -> list[str]:
    """What happened to a message's record."""
    found = (await ingest.client.get(f"/v1/records/{record_id(message_id)}")).json()
    return [one["event"] for one in found["history"]]


async def merges(ingest: Running) -> list[SubjectMerged]:
    """The merges that were announced."""
    return [one for one in await ingest.events("subjects.changed") if isinstance(one, SubjectMerged)]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t"])
async def test_a_message_is_a_record_once_it_is_answered(ingest: Running, path: str) -> None:
    sent = track(messageId=f"ajs-next-{new_id()}", properties={"sku": "AO-01"})
    await taken(ingest, path, sent, **{"content-type": "text/plain"})
    assert await ingest.status_of(record_id(sent["messageId"])) == "accepted"
    (event,) = await ingest.events("records.accepted")
    assert (event.kind, event.channel, event.source) == ("interaction", "web", "default")
    assert event.payload == {"name": "Product Viewed", "properties": {"sku": "AO-01"}}
    assert event.consent.purposes == ("service", "analytics")


async def test_a_second_try_is_a_duplicate_whenever_it_comes(ingest: Running) -> None:
    sent = track(timestamp=ago(hours=5).isoformat(), messageId="no uuid at all")
    for sent_at in (ago(hours=4), ago(hours=3, seconds=1)):  # the clock is wrong, the network slow
        await taken(ingest, "/v1/track", {**sent, "sentAt": sent_at.isoformat()})
    assert await history(ingest, "no uuid at all") == ["accepted", "duplicate"]
    timeless = track()
    for _ in range(2):
        await taken(ingest, "/v1/batch", {"batch": [timeless]})
    assert await history(ingest, timeless["messageId"]) == ["accepted", "duplicate"]


async def test_other_words_under_the_same_id_are_a_conflict(ingest: Running) -> None:
    sent = track()
    await taken(ingest, "/v1/track", sent)
    await taken(ingest, "/v1/track", {**sent, "event": "Product Added"})
    assert await history(ingest, sent["messageId"]) == ["accepted", "contested", "conflict"]


async def test_a_repeated_message_waits_once(ingest: Running) -> None:
    sent = track(context={})
    for _ in range(2):
        await taken(ingest, "/v1/track", sent)
    assert await history(ingest, sent["messageId"]) == ["quarantined"]


async def test_a_visitor_becomes_known(ingest: Running) -> None:
    visitor, user = new_id(), "u-1001"
    await taken(ingest, "/v1/page", track(type="page", anonymousId=visitor))
    traits = {"phone": "0912 345 678", "name": "Nguyễn Thị Ánh"}
    await taken(ingest, "/v1/identify", track(anonymousId=visitor, userId=user, traits=traits))
    found = {
        (await ingest.resolve(**{kind: value}))["subject_id"]
        for kind, value in (("anonymous_id", visitor), ("external_id", user), ("phone", "0912345678"))
    }
    assert len(found) == 1
    assert None not in found
    names = await ingest.reveal(ingest.grant(found.pop(), "full_name"))
    assert names.json()["fields"] == {"full_name": "Nguyễn Thị Ánh"}


async def test_an_alias_links_and_is_no_record(ingest: Running) -> None:
    visitor, user = new_id(), "u-1002"
    await taken(ingest, "/v1/track", track(anonymousId=visitor))
    before = len((await ingest.client.get("/v1/records")).json()["items"])
    for _ in range(2):
        await taken(ingest, "/v1/alias", {"previousId": visitor, "userId": user})
    assert len((await ingest.client.get("/v1/records")).json()["items"]) == before
    known = await ingest.resolve(anonymous_id=visitor)
    assert known["subject_id"]
    assert known["subject_id"] == (await ingest.resolve(external_id=user))["subject_id"]


async def test_an_alias_joins_no_two_users(ingest: Running) -> None:
    for user in ("one", "two"):
        await taken(ingest, "/v1/track", track(anonymousId="", userId=user))
    await taken(ingest, "/v1/alias", {"previousId": "one", "userId": "two"})
    first, second = await ingest.resolve(external_id="one"), await ingest.resolve(external_id="two")
    assert first["subject_id"] != second["subject_id"]


async def visits_and_comes_back(ingest: Running, how: dict[str, Any]) -> tuple[Any, Any]:
    """To whom the ids lead of a visitor and a known user, once a message said that they are one."""
    await taken(ingest, "/v1/track", track(anonymousId="their-new-phone"))
    await taken(ingest, "/v1/track", track(anonymousId="", userId="u-2001"))
    path = f"/v1/{how['type']}"
    await taken(ingest, path, track(userId="u-2001", **how))
    visitor = await ingest.resolve(anonymous_id="their-new-phone")
    user = await ingest.resolve(external_id="u-2001")
    return visitor["subject_id"], user["subject_id"]


IDENTIFIED = {"type": "identify", "anonymousId": "their-new-phone", "traits": {"name": "Lê Văn Cường"}}
ALIASED = {"type": "alias", "previousId": "their-new-phone"}


@pytest.mark.parametrize("how", [IDENTIFIED, ALIASED], ids=["identify", "alias"])
async def test_a_visitor_who_turns_out_to_be_somebody_known_is_read_as_them(
    ingest: Running, how: dict[str, Any]
) -> None:
    visitor, user = await visits_and_comes_back(ingest, how)
    assert visitor != user  # the ids that either was given stay theirs: the merge can be undone
    assert [(one.subject, one.into) for one in await merges(ingest)] == [(visitor, user)]


async def test_who_proved_to_hold_their_phone_is_not_joined_by_a_visitor_who_says_so(ingest: Running) -> None:
    traits = {"phone": "0912 345 678"}
    await taken(
        ingest, "/v1/identify", track(type="identify", userId="u-2001", anonymousId="", traits=traits)
    )
    await prove(ingest, "0912345678")
    await visits_and_comes_back(ingest, ALIASED)
    assert await merges(ingest) == []
    (suggestion,) = await suggestions(ingest)
    assert [(one["field"], one["level"]) for one in suggestion["evidence"]] == [("external_id", "unproved")]


async def test_what_an_operator_took_apart_stays_apart(ingest: Running) -> None:
    await visits_and_comes_back(ingest, IDENTIFIED)
    merged = (await merges(ingest))[0]
    undo = {"merge_id": merged.merge_id, "reason": "a shared phone"}
    assert (await ingest.client.post("/v1/subjects/split", json=undo)).status_code == 200
    await visits_and_comes_back(ingest, IDENTIFIED)
    assert len(await merges(ingest)) == 1


async def test_who_is_known_by_a_phone_is_no_visitor(ingest: Running) -> None:
    traits = {"phone": "0912 345 678"}
    await taken(ingest, "/v1/identify", track(type="identify", anonymousId="their-new-phone", traits=traits))
    await visits_and_comes_back(ingest, IDENTIFIED)
    assert await merges(ingest) == []


ALIAS = {"type": "alias", "previousId": "visitor-7", "userId": "u-7"}
BEFORE = {"anonymousId": "visitor-7"}
AFTER = {"anonymousId": "", "userId": "u-7"}


@pytest.mark.parametrize(
    "batch",
    [
        [track(**BEFORE), ALIAS, track(**AFTER)],
        [track(**BEFORE), track(**BEFORE | {"userId": "u-7"}), ALIAS | {"previousId": "older"}],
        [ALIAS, track(**BEFORE), track(**AFTER)],
    ],
)
async def test_a_batch_with_an_alias_is_about_one_person(
    ingest: Running, batch: list[dict[str, Any]]
) -> None:
    await taken(ingest, "/v1/batch", {"batch": batch})
    subjects = {event.subject for event in await ingest.events("records.accepted")}
    assert len(subjects) == 1


async def test_gzip_is_taken(ingest: Running) -> None:
    body = gzip.compress(json.dumps({"batch": [track(), track()]}).encode())
    await taken(ingest, "/v1/batch", body, **{"content-encoding": "gzip"})
    assert len((await ingest.client.get("/v1/records?status=accepted")).json()["items"]) == 2


async def test_what_is_no_message_fails_no_other_and_is_found_by_its_ids(ingest: Running) -> None:
    good = track()
    bad = {"type": "track", "userId": "u-9", "messageId": new_id(), "event": 7}
    nobody = {"type": "track", "event": "Seen", "messageId": new_id()}
    strange = {"type": "purchase", "userId": "u-9", "messageId": new_id()}
    await taken(ingest, "/v1/batch", {"batch": [bad, good, nobody, strange]})
    assert await ingest.status_of(good["messageId"]) == "accepted"
    for sent in (bad, nobody, strange):
        assert await ingest.status_of(str(sent["messageId"])) == "quarantined"


LONG = "x" * MAX_EVENT


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/track", b"{"),
        ("/v1/track", b"[]"),
        ("/v1/track", b'"text"'),
        ("/v1/track", b"\xff"),
        ("/v1/track", {"event": "Seen"}),
        ("/v1/track", {"userId": "u"}),
        ("/v1/group", {"userId": "u"}),
        ("/v1/alias", {"userId": "u"}),
        ("/v1/identify", {"traits": {}}),
        ("/v1/identify", {"userId": {"a": 1}}),
        ("/v1/batch", {"batch": {}}),
        ("/v1/batch", {"batch": ["text"]}),
        ("/v1/batch", {}),
        ("/v1/batch", b"["),
        ("/v1/track", {"userId": "u", "event": LONG}),
        ("/v1/batch", {"batch": [{"type": "track", "userId": "u", "event": LONG}]}),
        ("/v1/batch", {"batch": [], "padding": "x" * MAX_BATCH}),
        ("/v1/batch", {"batch": [{"type": "page", "userId": "u"}] * 2_501}),
        ("/v1/batch", b'{"batch": [' + b" " * 5_300_000 + b"]}"),
    ],
)
async def test_malformed_or_too_large_is_400_such_as_sdks_read_it(
    ingest: Running, path: str, body: Any
) -> None:
    if isinstance(body, bytes) and len(body) > MAX_BATCH:
        answer = await post(ingest, path, gzip.compress(body), **{"content-encoding": "gzip"})
    else:
        answer = await post(ingest, path, body)
    problem = answer.json()
    assert answer.status_code == 400
    assert problem["type"].endswith(problem["code"])
    assert problem["message"] == problem["detail"]
    assert (await ingest.client.get("/v1/records")).json()["items"] == []


async def test_no_preferences_and_no_default_is_no_consent(ingest: Running) -> None:
    sent = track(context={})
    await taken(ingest, "/v1/track", sent)
    assert await reasons(ingest, sent["messageId"]) == ["consent-missing"]


async def test_a_no_stands_against_an_earlier_yes(ingest: Running) -> None:
    visitor = new_id()
    await taken(ingest, "/v1/track", track(anonymousId=visitor))
    no = {"consent": {"categoryPreferences": {"service": True, "analytics": False}}}
    sent = track(anonymousId=visitor, context=no)
    await taken(ingest, "/v1/track", sent)
    assert await reasons(ingest, sent["messageId"]) == ["consent-missing"]


async def test_the_sources_default_stands_where_nothing_is_said(ingest: Running) -> None:
    consent = {"notice": "core", "version": 1, "purposes": ["analytics"]}
    made = await ingest.client.post("/v1/sources", json={"key": "shop", "default_consent": consent})
    assert made.status_code == 201, made.text
    heard, unheard = track(context={}), track(context={"consent": {"categoryPreferences": {}}})
    token = ingest.as_source("shop")
    for sent in (heard, unheard):
        await taken(ingest, "/v1/track", sent, **token)
    assert await ingest.status_of(heard["messageId"]) == "accepted"
    assert await reasons(ingest, unheard["messageId"]) == ["consent-missing"]
    (event,) = await ingest.events("records.accepted")
    assert (event.source, event.consent.method) == ("shop", "default")


@pytest.mark.parametrize("how", ["header", "context"])
async def test_global_privacy_control_is_a_no_of_visitors(ingest: Running, how: str) -> None:
    headers = {"sec-gpc": "1"} if how == "header" else {}
    context = {**YES, "gpc": True} if how == "context" else YES
    visitor, user = track(context=context), track(context=context, userId="u-5")
    for sent in (visitor, user):
        await taken(ingest, "/v1/track", sent, **headers)
    assert await reasons(ingest, visitor["messageId"]) == ["consent-missing"]
    assert await ingest.status_of(user["messageId"]) == "accepted"


async def test_an_address_is_kept_of_browsers_that_agreed_only(ingest: Running) -> None:
    browser = {"x-chandung-address": "203.0.113.9", "user-agent": "Invented/1.0"}
    agreed = track(messageId=new_id())
    await taken(ingest, "/v1/track", agreed, **browser)
    await taken(ingest, "/v1/track", track())
    await taken(ingest, "/v1/track", track(), **browser, **{"sec-gpc": "1"})
    indexes = {event.record_id: "ip" in event.indexes for event in await ingest.events("records.accepted")}
    assert sorted(indexes.values()) == [False, True]
    assert indexes[agreed["messageId"]]


async def test_an_order_is_a_transaction(ingest: Running) -> None:
    properties = {
        "order_id": "DH-1",
        "currency": "VND",
        "revenue": 250_000,
        "products": [{"product_id": "AO-01", "name": "Áo thun", "price": 125_000, "quantity": 2}],
    }
    await taken(ingest, "/v1/track", track(event="Order Completed", properties=properties, userId="u"))
    (event,) = await ingest.events("records.accepted")
    assert event.kind == "transaction"
    assert event.payload["total"] == 250_000
    (item,) = event.payload["items"]
    assert (item["sku"], item["quantity"], item["unit_price"]) == ("AO-01", 2, 125_000)
    assert "properties" not in event.payload


async def test_only_who_may_collect_is_let_in(ingest: Running) -> None:
    answer = await post(ingest, "/v1/track", track(), **ingest.as_source("shop", scopes=frozenset()))
    assert answer.status_code == 403
    assert answer.json()["code"] == "scope-missing"

"""Campaigns over numbers, people, imports and audiences, from the public door to the letter and the answer to it."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from kernel.ids import new_id
from kernel.web.asgi import Scope, Send
from kernel.web.internal import Caller
from kernel.web.upstream import Reply
from tests.gateway.edge.running import Gateway, refused, running
from tests.happened import consent_state, decided
from tests.running import body_of
from tests.services.verify.campaigns.test_campaigns import tick
from tests.services.verify.running import NOON, Verify
from tests.services.verify.running import running as running_verify
from tests.vault_double import answer

PATH = "/v1/verify/campaigns"


@pytest.fixture
async def verify(tmp_path: Path) -> AsyncIterator[Verify]:
    """A real verify whose clock stands at noon."""
    async with running_verify(tmp_path / "verify") as service:
        yield service


@pytest.fixture
async def gateway(tmp_path: Path, verify: Verify) -> AsyncIterator[Gateway]:
    """A gateway with that verify behind it."""
    async with running(tmp_path / "gateway") as made:
        made.parts.upstreams["verify"] = verify.app  # type: ignore[index]  # a dict
        yield made


async def served(gateway: Gateway, verify: Verify, *purposes: str, email: str = "") -> str:
    """Somebody whom both know by the same id."""
    fields = {"phone": "+84987216540", **({"email": email} if email else {})}
    subject = gateway.ingest.add(**fields)
    verify.ingest.people[subject] = fields
    await gateway.consent(subject, "service", *purposes)
    given = {purpose: decided(NOON) for purpose in ("service", *purposes)}
    await verify.consents(consent_state(subject, 1, at=NOON, **given))
    return subject


def lists(gateway: Gateway, service: str, pages: dict[str, tuple[int, Any]]) -> list[str]:
    """Let a service answer at its doors of lists; the paths that were asked, as they are asked."""
    app, asked = getattr(gateway, service), list[str]()

    def answering(otherwise: Callable[..., Any]) -> Callable[..., Any]:
        async def respond(scope: Scope, body: bytes, send: Send) -> None:
            path = scope["path"]
            if query := scope["query_string"].decode():
                path += f"?{query}"
            if path not in pages:
                await otherwise(scope, body, send)
                return
            asked.append(path)
            await answer(send, *pages[path])

        return respond

    app.respond = answering(app.respond)
    return asked


async def start(gateway: Gateway, who: str = "operator", **more: Any) -> Reply:
    body = {"name": "November", "purpose": "service", "budget_vnd": 100_000, **more}
    return await gateway.ask("POST", PATH, body, who=who)


def page(people: list[str], after: Any = None) -> tuple[int, Any]:
    return 200, {"items": [{"subject_id": one, "row": n} for n, one in enumerate(people)], "next": after}


async def test_an_import_is_gathered_page_by_page_and_each_person_is_one_line(
    gateway: Gateway, verify: Verify
) -> None:
    list_id = new_id()
    person, other = await served(gateway, verify, "verification"), new_id()
    door = f"/internal/imports/{list_id}/people"
    pages = {door: page([person, person], 40), f"{door}?after=40": page([other, person])}
    asked = lists(gateway, "ingest", pages)
    started = body_of(await start(gateway, import_id=list_id, pace_per_minute=600))
    assert (started["people"], started["left_out"]) == (2, 0)
    assert asked == list(pages)
    await verify.consents()
    await tick(verify, 1)
    shown = body_of(await gateway.ask("GET", f"{PATH}/{started['id']}", who="operator"))
    assert shown["items"]["sent"] == 1
    assert [message["to"] for message in verify.sent()] == ["+84987216540"]
    (entry,) = [one for one in await gateway.audit() if one["reason"] == f"campaign {started['id']}"]
    assert entry["action"] == "write"


async def test_an_audience_is_asked_of_persona_and_a_list_of_numbers_goes_on_as_it_is(
    gateway: Gateway, verify: Verify
) -> None:
    list_id = new_id()
    person = await served(gateway, verify, "verification")
    lists(gateway, "persona", {f"/internal/audiences/{list_id}/people": page([person])})
    assert body_of(await start(gateway, audience_id=list_id))["people"] == 1
    assert body_of(await start(gateway, phones=["0987216540", "0903719264"]))["people"] == 2
    assert body_of(await start(gateway, subject_ids=[person]))["people"] == 1
    assert len(body_of(await gateway.ask("GET", PATH, who="operator"))["items"]) == 3


async def test_what_cannot_be_gathered_is_refused_and_nothing_is_sent(gateway: Gateway) -> None:
    empty, long, gone, broken = (new_id() for _ in range(4))
    lists(
        gateway,
        "persona",
        {
            f"/internal/audiences/{empty}/people": page([]),
            f"/internal/audiences/{long}/people": page([new_id() for _ in range(10_001)]),
            f"/internal/audiences/{gone}/people": (404, {}),
            f"/internal/audiences/{broken}/people": (500, {}),
        },
    )
    for list_id, status, code in (
        (empty, 422, "invalid-input"),
        (long, 422, "invalid-input"),
        (gone, 404, "not-found"),
        (broken, 503, "unavailable"),
    ):
        assert refused(await start(gateway, audience_id=list_id), status, code)
    phones = ["0987216540"]
    for wrong in (
        {},
        {"phones": phones, "audience_id": empty},
        {"phones": phones, "channel": "email"},
        {"subject_ids": [new_id()], "channel": "email", "purpose": "marketing"},
        {"phones": phones, "ask": {}},
        {"phones": phones, "hours": "20:00-08:00"},
    ):
        assert (await start(gateway, **wrong)).status == 422, wrong
    assert refused(await start(gateway, "collector", phones=phones), 403, "purpose-not-allowed")
    assert refused(await start(gateway, "partner", phones=phones), 403, "scope-missing")
    assert body_of(await gateway.ask("GET", PATH, who="operator"))["items"] == []


async def test_a_letter_brings_a_link_whose_answer_is_a_consent_and_then_nobody_asks_again(
    gateway: Gateway, verify: Verify
) -> None:
    person = await served(gateway, verify, email="an@example.vn")
    silent = await served(gateway, verify)
    refusing = await served(gateway, verify, email="b@example.vn")
    await gateway.withdraw(refusing, "verification")
    people = [person, silent, refusing]
    wish = {"channel": "email", "ask": {"purposes": ["verification"]}, "pace_per_minute": 600}
    started = body_of(await start(gateway, subject_ids=people, **wish))
    assert (started["people"], started["left_out"]) == (2, 1)
    await verify.consents()
    await tick(verify, 1)
    await tick(verify, 1)
    (file,) = (verify.folder / "data" / "outbox").glob("invitation-*.json")
    letter = json.loads(file.read_text())
    assert letter["to"] == "an@example.vn"
    link = next(word for word in letter["text"].split() if "/consent/" in word)
    path = link.removeprefix(gateway.parts.settings.base_url())
    asked = await gateway.ask("GET", path)
    assert parse_qs(path.partition("?")[2])["lang"] == ["vi"]
    assert b'value="verification"' in asked.body
    assert b'value="marketing"' not in asked.body
    form = {"purposes": "verification"}
    assert (await gateway.post_form(path, form)).status == 200
    consents = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    assert consents["purposes"]["verification"]["in_force"]
    results = await gateway.ask("GET", f"{PATH}/{started['id']}/results.csv", who="operator")
    assert [line.split(",")[1:3] for line in results.body.decode().splitlines()[1:]] == [
        ["invited", ""],
        ["refused", "not-found"],
    ]
    assert refused(await start(gateway, subject_ids=[person, refusing], **wish), 422, "invalid-input")
    stop = letter["stop"].removeprefix(gateway.parts.settings.base_url())
    assert (await gateway.post_form(stop, {"List-Unsubscribe": "One-Click"})).status == 200


async def test_letters_need_the_right_to_people_and_only_the_gateway_may_hand_links_on(
    gateway: Gateway, verify: Verify
) -> None:
    person = await served(gateway, verify, email="an@example.vn")
    await gateway.register(
        "field", type="internal", scopes=["verify:write"], purposes=["service", "verification"]
    )
    reply = await start(gateway, "field", subject_ids=[person], channel="email")
    assert refused(reply, 403, "scope-missing")
    assert (await gateway.ask("POST", "/internal/invitations", {}, who="operator")).status == 404
    operator = Caller("x", "internal", frozenset({"verify:write"}), frozenset({"service"}))
    lines = [{"subject_id": person, "link": "https://evil.example"}]
    body = {"client_id": "x", "name": "n", "people": lines, "budget_vnd": 0}
    asked = await verify.ask("POST", "/internal/invitations", body, kind=operator.kind)
    assert asked.status == 403

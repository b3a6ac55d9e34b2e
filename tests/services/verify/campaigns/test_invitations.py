"""Letters with personal links: only to who is served and said no nowhere, once, at a pace, within hours and budget."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from kernel.ids import new_id
from kernel.store.holdings import forget
from services.verify.campaigns.service import run
from services.verify.challenges.service.desk import Post
from services.verify.senders.port import Invitation, NotSent, Unclear
from tests.happened import beats, consent_state, decided
from tests.running import body_of
from tests.services.verify.campaigns.test_campaigns import table, tick
from tests.services.verify.running import NOON, Verify, running

PATH = "/internal/invitations"


def letters(verify: Verify) -> list[dict[str, Any]]:
    """What the development sender wrote."""
    folder = verify.folder / "data" / "outbox"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("invitation-*.json"))]


async def served(verify: Verify, address: str = "an@example.vn", **state: Any) -> str:
    """Somebody with an address whom the business serves; `state` changes what the ledger says."""
    subject = verify.ingest.add(email=address) if address else verify.ingest.add(phone="+84987216540")
    known = {"service": decided(NOON), **state.pop("purposes", {})}
    await verify.consents(consent_state(subject, 1, at=NOON, **known, **state))
    return subject


async def invite(verify: Verify, *people: str, **more: Any) -> str:
    """A campaign over these people."""
    lines = [{"subject_id": one, "link": f"https://shop.example/consent/{n}"} for n, one in enumerate(people)]
    body = {"client_id": "app", "name": "ask", "people": lines, "budget_vnd": 0, **more}
    reply = await verify.ask("POST", PATH, {"pace_per_minute": 600, **body}, kind="service")
    assert reply.status == 202, reply.body
    return str(body_of(reply)["id"])


async def run_out(verify: Verify) -> None:
    """Time goes on, second by second, with heartbeats."""
    for _ in range(4):
        await verify.consents()
        await tick(verify, 1)


async def test_a_letter_brings_the_link_and_the_way_out_in_the_persons_language(tmp_path: Path) -> None:
    async with running(tmp_path, business_name="Cửa hàng An") as verify:
        person = await served(verify)
        campaign = await invite(verify, person, locale="en")
        await run_out(verify)
        (letter,) = letters(verify)
        assert letter["to"] == "an@example.vn"
        assert letter["subject"] == "Cửa hàng An asks what your data may be used for"
        assert "https://shop.example/consent/0?lang=en" in letter["text"]
        assert letter["stop"] in letter["text"]
        assert letter["stop"].startswith("https://shop.example/stop/")
        assert [row[1:3] for row in await table(verify, campaign)] == [["invited", ""]]
        shown = await verify.get(f"/v1/verify/campaigns/{campaign}")
        assert (shown["state"], shown["channel"], shown["items"]) == ("done", "email", {"invited": 1})
        (grant,) = verify.ingest.grants
        assert (grant["fields"], grant["purpose"]) == (["email"], "service")


async def test_who_is_not_served_or_said_no_or_is_erased_gets_none(verify: Verify) -> None:
    no_more = decided(None, withdrawn=NOON)
    people = [
        await served(verify, "a@example.vn", purposes={"service": no_more}),
        await served(verify, "b@example.vn", purposes={"verification": no_more}),
        await served(verify, "c@example.vn", restricted=True),
        await served(verify, ""),
        verify.ingest.add(email="d@example.vn"),
        await served(verify, "e@example.vn"),
    ]
    verify.ingest.erased.add(people[-1])
    campaign = await invite(verify, *people)
    await run_out(verify)
    assert [row[1:3] for row in await table(verify, campaign)] == [
        ["refused", "consent-missing"],
        ["refused", "consent-missing"],
        ["refused", "consent-missing"],
        ["refused", "not-found"],
        ["refused", "consent-missing"],
        ["refused", "erased"],
    ]
    assert letters(verify) == []


async def test_nobody_is_invited_twice_in_a_week_by_whatever_campaign(verify: Verify) -> None:
    person = await served(verify)
    await invite(verify, person)
    await run_out(verify)
    again = await invite(verify, person, person)
    await run_out(verify)
    assert [row[1:3] for row in await table(verify, again)] == [["refused", "invited-lately"]] * 2
    verify.clock.move(days=8)
    later = await invite(verify, person)
    await run_out(verify)
    assert [row[1] for row in await table(verify, later)] == ["invited"]
    assert len(letters(verify)) == 2


async def test_the_stop_link_holds_for_every_campaign_and_programs_that_look_at_links_stop_nothing(
    verify: Verify,
) -> None:
    person = await served(verify, "An@Example.vn")
    await invite(verify, person)
    await run_out(verify)
    path = letters(verify)[0]["stop"].removeprefix("https://shop.example")
    assert b"<button>" in (await verify.ask("GET", path)).body
    verify.clock.move(days=8)
    await invite(verify, person)
    await run_out(verify)
    assert len(letters(verify)) == 2  # a GET alone stopped nothing
    for _ in range(2):
        stopped = await verify.ask("POST", path, b"List-Unsubscribe=One-Click", kind="open")
        assert stopped.status == 200
    verify.clock.move(days=8)
    campaign = await invite(verify, person)
    await run_out(verify)
    assert [row[1:3] for row in await table(verify, campaign)] == [["refused", "do-not-contact"]]
    for wrong in (path[:-12] + "A" * 12, "/stop/abc", "/stop/%F0%9F"):
        assert (await verify.ask("POST", wrong)).status == 404


async def test_a_list_of_who_wants_no_contact_holds_for_numbers_and_addresses(verify: Verify) -> None:
    person = await served(verify, "b@example.vn")
    listed = {"phones": ["0987 216 540", "028 3822 1234"], "emails": [" B@example.vn", "nothing"]}
    kept = body_of(await verify.ask("POST", "/v1/verify/do-not-contact", listed))
    assert kept == {"kept": 2, "unread": ["/phones/1", "/emails/1"]}
    wish = {"name": "l", "phones": ["0987216540"], "purpose": "service", "budget_vnd": 10_000}
    by_phone = body_of(await verify.ask("POST", "/v1/verify/campaigns", wish))["id"]
    by_letter = await invite(verify, person)
    await run_out(verify)
    for campaign in (by_phone, by_letter):
        assert [row[1:3] for row in await table(verify, campaign)] == [["refused", "do-not-contact"]]
    assert (await verify.start("0987216540")).status == 201  # the person asks at this moment
    await verify.ask("POST", "/v1/verify/do-not-contact", {**listed, "stopped": False})
    again = await invite(verify, person)
    await run_out(verify)
    assert [row[1] for row in await table(verify, again)] == ["invited"]


class Death(Exception):
    """What nobody catches: the process is gone."""


class Scripted:
    """A mail server that does what a test says."""

    def __init__(self, *script: Exception | None) -> None:
        self.script, self.taken = list(script), list[Invitation]()

    async def invite(self, invitation: Invitation) -> None:
        """Takes it, unless the script says otherwise."""
        if self.script and (trouble := self.script.pop(0)):
            raise trouble
        self.taken.append(invitation)


def with_mail(verify: Verify, server: Scripted) -> None:
    object.__setattr__(verify.app.state.desk, "post", Post(server, "An", {}, 20))


async def test_a_server_that_takes_nothing_is_waited_for_and_a_letter_that_may_be_there_is_not_sent_again(
    verify: Verify,
) -> None:
    server = Scripted(NotSent("unreachable"), Unclear("TimeoutError"), NotSent("address", of_message=True))
    with_mail(verify, server)
    people = [await served(verify, f"{n}@example.vn") for n in range(4)]
    campaign = await invite(verify, *people, budget_vnd=60)
    await run_out(verify)
    assert (await verify.get(f"/v1/verify/campaigns/{campaign}"))["spent_vnd"] == 0
    verify.clock.move(seconds=60)
    await run_out(verify)
    assert [row[1:3] for row in await table(verify, campaign)] == [
        ["unknown", ""],
        ["delivery_failed", "address"],
        ["invited", ""],
        ["waiting", ""],
    ]
    shown = await verify.get(f"/v1/verify/campaigns/{campaign}")
    assert (shown["state"], shown["reason"], shown["spent_vnd"]) == ("paused", "budget", 60)
    assert len({one.key for one in server.taken}) == len(server.taken) == 1


async def test_a_process_that_dies_in_the_middle_of_a_letter_sends_it_at_most_once(verify: Verify) -> None:
    with_mail(verify, Scripted(Death()))
    campaign = await invite(verify, await served(verify), budget_vnd=100)
    with suppress(Death):
        await run(verify.database, verify.app.state.desk)
    assert [row[1] for row in await table(verify, campaign)] == ["handed"]
    server = Scripted()
    with_mail(verify, server)
    verify.clock.move(seconds=61)
    await run_out(verify)
    assert server.taken == []
    assert [row[1] for row in await table(verify, campaign)] == ["unknown"]


async def test_quiet_hours_hold_and_only_the_gateway_may_ask(verify: Verify) -> None:
    lines = [{"subject_id": new_id(), "link": "https://shop.example/x"}]
    night = {"client_id": "a", "name": "n", "people": lines, "budget_vnd": 0, "hours": "05:00-06:59"}
    assert (await verify.ask("POST", PATH, night, kind="service")).status == 422
    campaign = await invite(verify, await served(verify, "x@example.vn"), hours="13:00-14:00")
    await run_out(verify)
    assert letters(verify) == []
    verify.clock.move(hours=1)
    await run_out(verify)
    assert [row[1] for row in await table(verify, campaign)] == ["invited"]
    assert (await verify.ask("POST", PATH, {**night, "hours": "08:00-20:00"})).status == 403


async def test_links_and_addresses_rest_sealed_and_an_erasure_reaches_the_marks(verify: Verify) -> None:
    person = await served(verify, "hidden@example.vn")
    await invite(verify, person, new_id())
    await run_out(verify)
    for path in (verify.folder / "data").rglob("verify.db*"):
        content = path.read_bytes()
        assert b"hidden@example" not in content
        assert b"shop.example" not in content
    query = "SELECT count(*) FROM contact_mark"
    async with verify.database.transaction() as tx:
        assert (await tx.exec_driver_sql(query)).scalar() == 1
        await forget(tx, verify.app.state.chassis.holdings, [person])
        assert (await tx.exec_driver_sql(query)).scalar() == 0


async def test_it_works_alike_on_a_server(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, database_url=postgres_url) as verify:
        person = await served(verify)
        await verify.consents(*beats(verify.clock.now))
        campaign = await invite(verify, person, person)
        await run_out(verify)
        assert [row[1:3] for row in await table(verify, campaign)] == [
            ["invited", ""],
            ["refused", "invited-lately"],
        ]
        path = letters(verify)[0]["stop"].removeprefix("https://shop.example")
        assert (await verify.ask("POST", path)).status == 200
        listed = {"emails": ["x@example.vn"], "phones": ["0987216540"]}
        assert body_of(await verify.ask("POST", "/v1/verify/do-not-contact", listed))["kept"] == 2

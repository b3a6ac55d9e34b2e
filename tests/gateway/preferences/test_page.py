"""The page of people's rights: who proves a number of theirs sees and decides, and nobody else anything."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.domain import FIELDS, FieldClass
from gateway.preferences.domain import COOKIE, Stage, changes, stage_for
from gateway.preferences.pages import LANGUAGES, texts
from kernel.ids import new_id
from kernel.privacy.purposes import Purpose
from kernel.web.asgi import Scope, Send
from kernel.web.upstream import Reply, call
from tests.gateway.edge.running import Gateway
from tests.running import body_of
from tests.vault_double import answer

PHONE, CCCD, CODE = "+84912345678", "001190000018", "246810"


@dataclass
class Verify:
    """Verify's doors: a code for each number, and what was proved of a number before."""

    evidence: list[dict[str, Any]] = field(default_factory=list)
    recycled: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0

    async def respond(self, scope: Scope, body: bytes, send: Send) -> None:
        """Answer as verify does."""
        told = json.loads(body)
        self.asked.append({"path": scope["path"], **told})
        if self.refuses:
            await answer(send, self.refuses, {})
        elif scope["path"] == "/v1/phones/evidence":
            await answer(send, 200, {"evidence": self.evidence, "recycled": self.recycled})
        elif scope["path"] == "/v1/verifications":
            await answer(send, 201, {"id": new_id(), "status": "pending"})
        else:
            await answer(send, 200 if told["code"] == CODE else 422, {})


@dataclass
class Browser:
    """Somebody at the page, with their cookie."""

    gateway: Gateway
    cookie: str = ""
    page: str = ""

    async def open(self, query: str = "") -> str:
        """The page as it stands."""
        headers = ((b"cookie", f"{COOKIE}={self.cookie}".encode()),) if self.cookie else ()
        reply = await call(self.gateway.app, "GET", f"/privacy{query}", headers=headers)
        assert reply.status == 200, reply.body
        self.page = reply.body.decode()
        return self.page

    async def send(self, step: str, token: str | None = None, **form: Any) -> Reply:
        """Send a form of the page, and follow where it leads."""
        found = re.search(r'name="form" value="([0-9a-f]+)"', self.page)
        if token is not None or found:
            form["form"] = token if token is not None else found[1]  # type: ignore[index]  # looked at just above
        headers = [(b"content-type", b"application/x-www-form-urlencoded")]
        if self.cookie:
            headers.append((b"cookie", f"{COOKIE}={self.cookie}".encode()))
        body = urlencode(form, doseq=True).encode()
        reply = await call(self.gateway.app, "POST", f"/privacy/{step}", headers=headers, body=body)
        told = dict(reply.headers)
        if b"set-cookie" in told:
            self.cookie = told[b"set-cookie"].decode().partition("=")[2].partition(";")[0]
        if reply.status == 303:
            await self.open(told[b"location"].decode().removeprefix("/privacy"))
        return reply

    async def sign_in(self, phone: str = PHONE) -> None:
        """By phone and code."""
        await self.open()
        await self.send("code", phone=phone)
        await self.send("sign-in", code=CODE)


@pytest.fixture
def verify(gateway: Gateway) -> Verify:
    """Verify, where the number was proved a week ago."""
    at = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    made = Verify([{"kind": "possession", "ok": True, "at": at, "method": "sms"}])
    gateway.verify.respond = made.respond  # type: ignore[method-assign]  # this test's verify
    return made


@pytest.fixture
def browser(gateway: Gateway, verify: Verify) -> Browser:
    """Somebody with a phone."""
    return Browser(gateway)


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    gateway.ingest.happened = [
        {"at": "2026-11-20T03:00:00Z", "kind": "transaction", "channel": "web", "summary": "350,000 VND"}
    ]
    return gateway.ingest.add(phone=PHONE, full_name="Nguyễn Thị Ánh", national_id=CCCD)


async def test_the_holder_of_a_number_sees_what_is_held_and_who_saw_it(browser: Browser, person: str) -> None:
    gateway = browser.gateway
    await gateway.consent(person, "service")
    await gateway.ask("GET", f"/v1/subjects/{person}?purpose=service&fields=phone", who="operator")
    await browser.sign_in()
    assert "Ai đã xem" in browser.page
    assert "operator" in browser.page
    assert "09•••••678" in browser.page
    assert "giao dịch" in browser.page
    for clear in (PHONE, "0912345678", "Nguyễn Thị Ánh", CCCD):
        assert clear not in browser.page, "screens are looked at"
    own = (await gateway.audit(action="read"))[0]
    assert (own["client_id"], own["reason"], own["subject_id"]) == ("data-subject", "own-data", person)
    (entry,) = await gateway.audit(action="login", client_id="data-subject")
    assert entry["subject_id"] == person
    await browser.open("?lang=en")
    assert "Who has seen it" in browser.page


async def test_consent_is_given_and_withdrawn_and_counts_at_once(browser: Browser, person: str) -> None:
    gateway = browser.gateway
    await gateway.consent(person, "service", "marketing")
    await browser.sign_in()
    assert browser.page.count(" checked") == 2
    await browser.send("consents", purposes=["service", "analytics"])
    assert "Đã lưu" in browser.page
    shown = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    force = {name for name, one in shown["purposes"].items() if one["in_force"]}
    assert force == {"service", "analytics"}
    assert shown["items"][0]["method"] == "privacy-page"
    path = f"/v1/subjects/{person}?purpose=marketing"
    assert (await gateway.ask("GET", path, who="operator")).status == 403
    await browser.send("consents", purposes=["service", "analytics", "marketing"])
    assert (await gateway.ask("GET", path, who="operator")).status == 200, "a new act revives"


async def test_what_they_ask_for_waits_for_the_officer_once(browser: Browser, person: str) -> None:
    gateway = browser.gateway
    await browser.sign_in()
    for _ in range(2):
        await browser.send("requests", type="erase")
    items = body_of(await gateway.ask("GET", "/v1/privacy-requests", who="privacy_officer"))["items"]
    assert [(one["type"], one["state"], one["subject_id"]) for one in items] == [
        ("erase", "received", person)
    ]
    assert "Xoá dữ liệu của tôi: đã nhận" in browser.page
    assert (await browser.send("requests", type="everything")).status == 400


@pytest.mark.parametrize("why", ["several people", "not lately", "never", "changed hands"])
async def test_a_number_that_does_not_say_who_it_is_shows_nothing_before_another_fact(
    browser: Browser, verify: Verify, person: str, why: str
) -> None:
    gateway = browser.gateway
    if why == "several people":
        gateway.ingest.sharing[PHONE] = 2
    elif why == "not lately":
        verify.evidence[0]["at"] = (datetime.now(UTC) - timedelta(days=366)).isoformat()
    elif why == "never":
        verify.evidence = []
    else:
        verify.recycled = True
    await browser.sign_in()
    assert "chưa đủ để biết chắc" in browser.page
    asked = len(gateway.ingest.grants)
    await browser.send("consents", purposes=["marketing"])
    await browser.send("requests", type="erase")
    assert len(gateway.ingest.grants) == asked
    assert await gateway.audit(action="consent") == []
    await browser.open()
    await browser.send("second", kind="national_id", value="001190000099")
    assert "chưa đúng" in browser.page
    await browser.send("second", kind="national_id", value=CCCD)
    assert "Chúng tôi đang giữ" in browser.page


async def test_the_fact_of_somebody_with_another_number_opens_nothing(
    browser: Browser, verify: Verify, person: str
) -> None:
    browser.gateway.ingest.add(phone="+84909000111", passport="B1234567")
    verify.evidence = []
    await browser.sign_in()
    await browser.send("second", kind="passport", value="B1234567")
    assert "chưa đúng" in browser.page
    for _ in range(5):
        await browser.send("second", kind="passport", value="B7654321")
    await browser.send("second", kind="national_id", value=CCCD)
    assert "quá nhiều lần" in browser.page, "after five tries the right answer does not count either"


async def test_nobody_learns_whether_a_number_is_known_before_the_code(browser: Browser, person: str) -> None:
    pages = []
    for phone in (PHONE, "0987654321"):
        browser.cookie = ""
        await browser.open()
        await browser.send("code", phone=phone)
        pages.append(re.sub(r'value="[0-9a-f]{64}"', "", browser.page))
    assert pages[0] == pages[1]
    await browser.send("sign-in", code=CODE)
    assert "không giữ dữ liệu nào" in browser.page


async def test_a_wrong_code_opens_nothing_and_refusals_say_little(
    browser: Browser, verify: Verify, person: str
) -> None:
    await browser.open()
    await browser.send("code", phone="0912345678")
    await browser.send("sign-in", code="000000")
    assert "chưa đúng" in browser.page
    assert "Mã gồm sáu chữ số" in browser.page
    await browser.send("code", phone="028 3822 1234")
    assert "không phải là số di động" in browser.page
    for status, words in ((429, "quá nhiều lần"), (503, "đang bận")):
        verify.refuses = status
        await browser.send("code", phone=PHONE)
        assert words in browser.page


async def test_a_form_that_another_site_sends_does_nothing(browser: Browser, person: str) -> None:
    gateway = browser.gateway
    await browser.sign_in()
    await browser.send("consents", token="0" * 64, purposes=["marketing"])
    assert "Phiên đã kết thúc" in browser.page
    assert await gateway.audit(action="consent") == []
    await browser.open()
    planted = browser.cookie
    await browser.send("sign-out")
    assert "Gửi mã cho tôi" in browser.page
    browser.cookie = planted
    assert "Gửi mã cho tôi" in await browser.open(), "a visit that was ended stays ended"


async def test_the_token_changes_at_each_step_and_neither_it_nor_a_number_is_kept(
    browser: Browser, person: str
) -> None:
    gateway, tokens = browser.gateway, []
    await browser.open()
    await browser.send("code", phone=PHONE)
    tokens.append(browser.cookie)
    await browser.send("sign-in", code=CODE)
    tokens.append(browser.cookie)
    assert len(set(tokens)) == 2
    async with gateway.parts.database.snapshot() as connection:
        kept = str((await connection.execute(sa.text("SELECT * FROM visit"))).all())
    assert not any(secret in kept for secret in (*tokens, PHONE, "0912345678"))


async def test_the_page_asks_nobody_else_and_runs_no_script(browser: Browser, person: str) -> None:
    await browser.sign_in()
    headers = ((b"cookie", f"{COOKIE}={browser.cookie}".encode()),)
    told = dict((await call(browser.gateway.app, "GET", "/privacy", headers=headers)).headers)
    assert told[b"content-security-policy"].startswith(b"default-src 'none'; style-src 'sha256-")
    assert told[b"cache-control"] == b"no-store"
    assert not re.search(r"<script|src=|https?://", browser.page)


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    vietnamese, english = (texts()[lang] for lang in LANGUAGES)
    assert vietnamese.keys() == english.keys()
    for told in (vietnamese, english):
        assert set(told["purposes"]) == set(Purpose)
        assert set(told["classes"]) == set(FieldClass)
        assert set(FIELDS) <= set(told["fields"])
    for name, words in vietnamese.items():
        if isinstance(words, dict):
            assert words.keys() == english[name].keys()


@given(st.lists(st.sampled_from(sorted(Purpose)), unique=True), st.data())
def test_what_is_given_and_withdrawn_adds_up_to_what_was_ticked(
    offered: list[str], data: st.DataObject
) -> None:
    some = st.lists(st.sampled_from(sorted(Purpose)), unique=True)
    held, ticked = data.draw(some), data.draw(some)
    given_now, ended = changes(offered, held, ticked)
    after = (set(held) | set(given_now)) - set(ended)
    assert after & set(offered) == set(ticked) & set(offered)
    assert after - set(offered) == set(held) - set(offered), "what the form did not offer stays as it is"


@given(st.booleans(), st.integers(0, 9), st.booleans(), st.booleans(), st.integers(0, 800))
def test_only_a_number_of_one_person_proved_lately_opens_by_itself(
    known: bool, people: int, recycled: bool, proved: bool, days: int
) -> None:
    now = datetime.now(UTC)
    at = (now - timedelta(days=days)).isoformat()
    evidence = {"recycled": recycled, "evidence": [{"kind": "possession", "ok": proved, "at": at}]}
    stage = stage_for("s" if known else None, people, evidence, now, 365)
    alone = known and people <= 1 and proved and not recycled and days <= 365
    assert (stage is Stage.CODE_OPEN) == alone
    assert (stage is Stage.CODE_NOBODY) == (not known and people == 0)

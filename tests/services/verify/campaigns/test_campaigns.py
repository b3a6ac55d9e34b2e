"""A list is verified at its pace, within hours and budget; each line keeps to the rules of a single verification."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.verify.campaigns.domain import Hours, allowed_hours, hours_of, may_send
from services.verify.campaigns.service import run
from tests.running import body_of
from tests.services.verify.running import NOON, Verify, consented, running

PATH = "/v1/verify/campaigns"
NUMBERS = ["0987216540", "0903719264", "0778120934", "0356710482"]


def test_hours_are_narrowed_to_what_the_channel_may_be_used_in() -> None:
    wide = Hours(time(0, 30), time(23, 30))
    assert allowed_hours(wide, "sms") == Hours(time(7), time(22))
    assert allowed_hours(wide, "voice") == allowed_hours(wide, "auto") == Hours(time(8), time(17))
    assert allowed_hours(Hours(time(9), time(10)), "zalo") == Hours(time(9), time(10))
    assert may_send(hours_of("12:00-13:00"), NOON)  # 05:00 UTC is noon in Vietnam
    assert not may_send(hours_of("13:00-14:00"), NOON)
    for wrong in ("20:00-08:00", "always", "08:00"):
        with pytest.raises(ValueError):
            hours_of(wrong)


async def start(verify: Verify, **more: Any) -> str:
    body = {"name": "list", "phones": NUMBERS, "purpose": "service", "budget_vnd": 100_000, **more}
    reply = await verify.ask("POST", PATH, body)
    assert reply.status == 202, reply.body
    return str(body_of(reply)["id"])


async def tick(verify: Verify, seconds: float = 0) -> None:
    verify.clock.move(seconds=seconds)
    await run(verify.database, verify.app.state.desk)


async def table(verify: Verify, campaign: str) -> list[list[str]]:
    reply = await verify.ask("GET", f"{PATH}/{campaign}/results.csv")
    head, *rows = reply.body.decode().splitlines()
    assert head == "row,status,reason,delivery,verification_id,at"
    return [row.split(",") for row in rows]


async def test_one_line_after_the_other_at_the_pace_with_progress_and_results(verify: Verify) -> None:
    campaign = await start(verify, pace_per_minute=6)
    await tick(verify)
    assert len(verify.sent()) == 1
    await tick(verify, 9)
    assert len(verify.sent()) == 1
    for sent in (2, 3, 4, 4):
        await tick(verify, 10)
        assert len(verify.sent()) == sent
    first = await verify.status((await table(verify, campaign))[0][4])
    assert first["status"] == "pending"
    assert (await verify.check(first["id"], verify.code_of(first["id"]))).status == 200
    await tick(verify, 300)
    shown = await verify.get(f"{PATH}/{campaign}")
    assert (shown["state"], shown["spent_vnd"]) == ("done", 4 * 850)
    assert shown["items"] == {"verified": 1, "expired": 3}
    rows = await table(verify, campaign)
    assert [row[:4] for row in rows] == [
        ["1", "verified", "", "delivered"],
        *([str(n), "expired", "", "delivered"] for n in (2, 3, 4)),
    ]
    content = "".join(map("".join, rows))
    assert not any(number[1:] in content for number in NUMBERS)


async def test_nothing_is_sent_outside_the_hours(verify: Verify) -> None:
    await start(verify, hours="13:00-14:00", pace_per_minute=6)
    await tick(verify)
    assert not verify.sent()
    await tick(verify, 3_600)
    assert len(verify.sent()) == 1


async def test_it_pauses_before_it_would_cost_more_and_can_be_canceled(verify: Verify) -> None:
    campaign = await start(verify, budget_vnd=1_700, pace_per_minute=60)
    for _ in range(5):
        await tick(verify, 1)
    assert len(verify.sent()) == 2
    shown = await verify.get(f"{PATH}/{campaign}")
    assert (shown["state"], shown["reason"], shown["spent_vnd"]) == ("paused", "budget", 1_700)
    ended = body_of(await verify.ask("POST", f"{PATH}/{campaign}/cancel"))
    assert (ended["state"], ended["items"]["skipped"]) == ("canceled", 2)
    assert (await verify.ask("POST", f"{PATH}/{campaign}/resume")).status == 409


async def test_a_pause_holds_and_a_resume_goes_on(verify: Verify) -> None:
    campaign = await start(verify, pace_per_minute=60)
    await tick(verify)
    await verify.ask("POST", f"{PATH}/{campaign}/pause")
    await tick(verify, 30)
    assert len(verify.sent()) == 1
    await verify.ask("POST", f"{PATH}/{campaign}/resume")
    await tick(verify)
    assert len(verify.sent()) == 2


async def test_lines_without_consent_or_number_are_refused_with_the_reason(verify: Verify) -> None:
    willing, other = verify.ingest.add(phone="+84987216540"), verify.ingest.add(phone="+84903719264")
    await verify.consents(consented(willing, 1, granted=NOON))
    campaign = await start(verify, phones=["0903719264", "028 3822 1234", "0987216540"], pace_per_minute=60)
    await tick(verify)
    rows = await table(verify, campaign)
    assert [row[1:3] for row in rows] == [
        ["refused", "consent-missing"],
        ["refused", "invalid-input"],
        ["sent", ""],
    ]
    people = await start(verify, phones=None, subject_ids=[willing, other])
    await verify.consents()
    await tick(verify, 1)
    assert [row[1] for row in await table(verify, people)] == ["sent", "refused"]


async def test_caps_make_a_campaign_wait_and_its_numbers_are_destroyed(tmp_path: Path) -> None:
    async with running(tmp_path, otp_client_sends_an_hour=2) as verify:
        campaign = await start(verify, pace_per_minute=60)
        for _ in range(4):
            await tick(verify, 1)
        assert len(verify.sent()) == 2
        async with verify.database.snapshot() as connection:
            sealed = await connection.exec_driver_sql(
                "SELECT sealed IS NULL FROM campaign_item ORDER BY position"
            )
            assert [row[0] for row in sealed] == [1, 1, 0, 0]
        for path in (verify.folder / "data").rglob("verify.db*"):
            assert b"0987216540" not in path.read_bytes()
        verify.clock.move(days=7)
        await tick(verify)
        await tick(verify)
        shown = await verify.get(f"{PATH}/{campaign}")
        assert (shown["state"], shown["items"]["skipped"]) == ("done", 2)


async def test_campaigns_are_of_their_client(verify: Verify) -> None:
    campaign = await start(verify)
    for method, path in (("GET", ""), ("GET", "/results.csv"), ("POST", "/cancel")):
        reply = await verify.ask(method, f"{PATH}/{campaign}{path}", client_id="stranger")
        assert reply.status == 404, path
    (mine,) = (await verify.get(PATH))["items"]
    assert mine["id"] == campaign
    assert datetime.fromisoformat(mine["created_at"]) - NOON < timedelta(seconds=1)
    assert (
        await verify.ask("POST", PATH, {"name": "x", "purpose": "service", "budget_vnd": 1})
    ).status == 422

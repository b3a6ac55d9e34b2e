"""The guard: rules that say what they saw, a shadow that blocks nothing, and an attack that stays under its cap."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from kernel.phone import is_template
from services.verify.fraud.domain import Thresholds, Traffic, doubts_of
from tests.running import body_of
from tests.services.verify.running import Verify, running

THRESHOLDS = Thresholds(6, 30, 0.1, 40, 0.15)
QUIET = Traffic("+84987216540", "0987", 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("traffic", "code"),
    [
        (QUIET, None),
        (QUIET._replace(neighbours=5), None),
        (QUIET._replace(neighbours=6), "sequential-numbers"),
        (QUIET._replace(prefix_ended=29), None),
        (QUIET._replace(prefix_ended=30, prefix_verified=2), "prefix-conversion"),
        (QUIET._replace(prefix_ended=30, prefix_verified=3), None),
        (QUIET._replace(all_ended=40, all_verified=5), "global-failure"),
        (QUIET._replace(all_ended=40, all_verified=6), None),
        (QUIET._replace(number="+84912345678"), "template-number"),
    ],
)
def test_each_rule_holds_from_its_figure_on(traffic: Traffic, code: str | None) -> None:
    assert [doubt.code for doubt in doubts_of(traffic, THRESHOLDS)] == ([code] if code else [])


def test_patterns_that_people_type_are_templates_and_lucky_pairs_are_not() -> None:
    for number in ("+84912345678", "+84987654321", "+84901111111", "+84912121212", "+84900123123"):
        assert is_template(number), number
    for number in ("+84987216540", "+84909886688", "+84903719264", "+84912886618"):
        assert not is_template(number), number


async def sequence(verify: Verify, count: int) -> Counter[int]:
    replies = [await verify.start(f"09872165{n:02d}", client=f"c{n % 3}") for n in range(count)]
    return Counter(reply.status for reply in replies)


async def test_in_shadow_a_sequence_is_told_and_sent(verify: Verify) -> None:
    assert await sequence(verify, 8) == {201: 8}
    reasons = body_of(await verify.start("0987216599"))["reasons"]
    assert reasons == [
        {"code": "sequential-numbers", "detail": "9 numbers of one block of 100 within an hour."}
    ]
    (alert,) = (await verify.get("/v1/verify/alerts"))["items"]
    assert (alert["rule"], alert["scope"], alert["n"], alert["blocked"]) == (
        "sequential-numbers",
        "0987",
        4,
        False,
    )


async def test_where_it_enforces_the_sequence_is_blocked_with_the_reason(tmp_path: Path) -> None:
    async with running(tmp_path, fraud_mode="enforce") as verify:
        assert await sequence(verify, 8) == {201: 5, 403: 3}
        refused = body_of(await verify.start("0987216599"))
        assert refused["type"].endswith("/sending-blocked")
        assert refused["errors"][0]["detail"].startswith("sequential-numbers: 6 numbers")
        assert (await verify.start("0903719264")).status == 201
        async with verify.database.snapshot() as connection:
            rows = await connection.exec_driver_sql("SELECT sealed FROM challenge WHERE status = 'blocked'")
            assert [row[0] for row in rows] == [None] * 4
        assert (await verify.get("/v1/verify/alerts"))["items"][0]["blocked"] is True


@pytest.mark.parametrize(("mode", "most"), [("shadow", 588), ("enforce", 60)])
async def test_a_pumping_attack_on_a_thousand_numbers_stays_under_the_cap_and_is_told_within_a_minute(
    tmp_path: Path, mode: str, most: int
) -> None:
    """Ten clients, a number every 60 ms: the breaker is in the database, so that a restart in between changes nothing."""
    statuses: Counter[int] = Counter()
    for half in (range(500), range(500, 1000)):
        async with running(tmp_path, fraud_mode=mode, otp_prefix_sends_an_hour=10_000) as verify:
            verify.clock.move(seconds=0.06 * half.start)
            for n in half:
                statuses[(await verify.start(f"0987{200_000 + n}", client=f"c{n % 10}")).status] += 1
                verify.clock.move(seconds=0.06)
            alerts = (await verify.get("/v1/verify/alerts"))["items"]
            assert alerts
    assert statuses[201] <= most
    assert statuses[201] * 850 <= 500_000
    begun = verify.clock.now.timestamp() - 60
    first = min(datetime.fromisoformat(alert["first_at"]).timestamp() for alert in alerts)
    assert first - begun < 60


async def test_addresses_devices_and_collectors_are_capped_and_kept_as_keyed_hashes(verify: Verify) -> None:
    context = {"ip": "203.0.113.7", "device_id": "tablet-9", "collector_id": "staff-7"}
    replies = [await verify.start(f"09872{n:02d}54{n % 10}", context=context) for n in range(11)]
    assert Counter(reply.status for reply in replies) == {201: 10, 429: 1}
    assert "device" in body_of(replies[-1])["detail"]
    rules = {alert["rule"] for alert in (await verify.get("/v1/verify/alerts"))["items"]}
    assert "cap-device" in rules
    for path in (verify.folder / "data").rglob("verify.db*"):
        assert b"203.0.113.7" not in path.read_bytes()


async def test_the_rules_and_their_figures_are_published(verify: Verify) -> None:
    guard = await verify.get("/v1/verify/guard")
    assert guard["mode"] == "shadow"
    assert guard["caps"] == {
        "client": 300,
        "vnd": 500_000,
        "ip": 30,
        "device": 10,
        "collector": 60,
        "prefix": 400,
    }
    assert guard["thresholds"]["neighbours"] == 6
    reply = await verify.ask("GET", "/v1/verify/guard", scopes=frozenset({"verify:write"}))
    assert reply.status == 403

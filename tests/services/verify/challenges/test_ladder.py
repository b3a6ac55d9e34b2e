"""One code and one budget over several channels: order, fallback, reports, and never twice where nobody drops it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.verify.challenges.ladder import Measured, order_ladder
from services.verify.challenges.service import tend
from services.verify.senders.port import NotSent, Unclear
from tests.running import body_of
from tests.services.verify.running import Verify, running
from tests.services.verify.senders.scripted import ScriptedSender

PHONE = "0987654320"


class PowerCut(BaseException):
    """The process ends here."""


class Line:
    """Verify with two carriers: text messages first, then Zalo."""

    def __init__(self, verify: Verify, sms: ScriptedSender, zalo: ScriptedSender) -> None:
        self.verify, self.sms, self.zalo = verify, sms, zalo

    async def states(self) -> list[tuple[str, str]]:
        async with self.verify.database.snapshot() as connection:
            rows = await connection.exec_driver_sql("SELECT channel, state FROM sending ORDER BY attempt")
            return [tuple(row) for row in rows]

    async def tend(self) -> None:
        await tend(self.verify.database, self.desk)

    @property
    def desk(self) -> Any:
        return self.verify.app.state.desk

    async def report(self, key: str, *, delivered: bool, name: str = "sms") -> dict[str, Any]:
        body = [{"key": key, "reference": None, "delivered": delivered, "reason": ""}]
        return body_of(
            await self.verify.ask("POST", f"/webhooks/verify/{name}", [list(one.values()) for one in body])
        )


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    sms = ScriptedSender("sms", ("sms",))
    zalo = ScriptedSender("zalo", ("zalo",), idempotent=True)
    async with running(tmp_path, senders=[sms, zalo]) as verify:
        yield Line(verify, sms, zalo)


def test_channels_are_tried_by_what_a_verified_number_costs() -> None:
    prices = {"sms": 850, "voice": 600, "zalo": 300}
    assert order_ladder(prices, {}) == ["sms", "zalo", "voice"]
    liked = {"zalo": Measured(1_000, 900), "sms": Measured(1_000, 800)}
    assert order_ladder(prices, liked) == ["zalo", "sms", "voice"]
    assert order_ladder(prices, {"sms": Measured(2_000, 0)})[-1] == "sms"
    assert order_ladder(prices, {}, "voice") == ["voice"]


async def test_a_refusal_goes_down_the_ladder_with_the_same_code_and_counts_as_a_sending(line: Line) -> None:
    line.sms.script = [NotSent("number", of_message=True)]
    body = body_of(await line.verify.start(PHONE))
    assert (body["status"], body["channel"]) == ("pending", "zalo")
    assert await line.states() == [("sms", "failed"), ("zalo", "sent")]
    (message,) = line.zalo.taken
    assert (await line.verify.check(body["id"], message.code)).status == 200
    assert (await line.verify.status(body["id"]))["sends"] == 2


async def test_where_every_carrier_refuses_the_verification_is_delivery_failed(line: Line) -> None:
    line.sms.script, line.zalo.script = [NotSent("balance")], [NotSent("number", of_message=True)]
    reply = await line.verify.start(PHONE)
    assert reply.status == 503
    async with line.verify.database.snapshot() as connection:
        row = (await connection.exec_driver_sql("SELECT status, sealed FROM challenge")).one()
    assert tuple(row) == ("delivery_failed", None)


async def test_a_report_of_failure_falls_back_at_once_and_is_applied_once(line: Line) -> None:
    verification = body_of(await line.verify.start(PHONE))["id"]
    key = line.sms.taken[0].key
    assert await line.report(key, delivered=False) == {"applied": 1}
    assert await line.report(key, delivered=False) == {"applied": 0}
    assert await line.report(key, delivered=True) == {"applied": 0}
    assert await line.report("019a0000-0000-7000-8000-000000000001", delivered=True) == {"applied": 0}
    assert await line.states() == [("sms", "failed"), ("zalo", "sent")]
    assert line.zalo.taken[0].code == line.sms.taken[0].code
    assert (await line.verify.status(verification))["channel"] == "zalo"


async def test_silence_for_45_seconds_falls_back_and_a_late_arrival_still_counts(line: Line) -> None:
    verification = body_of(await line.verify.start(PHONE))["id"]
    line.verify.clock.move(seconds=44)
    await line.tend()
    assert await line.states() == [("sms", "sent")]
    line.verify.clock.move(seconds=1)
    await line.tend()
    await line.tend()
    assert await line.states() == [("sms", "late"), ("zalo", "sent")]
    assert await line.report(line.sms.taken[0].key, delivered=True) == {"applied": 1}
    assert (await line.verify.status(verification))["status"] == "pending"


async def test_a_delivered_message_is_not_sent_again(line: Line) -> None:
    await line.verify.start(PHONE)
    await line.report(line.sms.taken[0].key, delivered=True)
    line.verify.clock.move(seconds=100)
    await line.tend()
    assert await line.states() == [("sms", "delivered")]


async def test_a_process_that_dies_before_it_claims_leaves_a_record_that_is_sent_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.verify.challenges.service import sending

    async def dies(*_given: object) -> bool:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_send", dies)
        with pytest.raises(BaseException):  # noqa: B017 - the process ends, whatever the frame makes of it
            await line.verify.start(PHONE)
    assert await line.states() == [("sms", "due")]
    line.verify.clock.move(seconds=20)
    await asyncio.gather(line.tend(), line.tend())
    assert len(line.sms.taken) == 1
    assert await line.states() == [("sms", "sent")]


async def _die_while_sending(line: Line, sender: ScriptedSender, channel: str) -> None:
    sender.script = [PowerCut()]
    with pytest.raises(BaseException):  # noqa: B017 - as above
        await line.verify.start(PHONE, channel=channel)
    line.verify.clock.move(seconds=20)
    await line.tend()


async def test_a_process_that_dies_while_sending_sends_at_most_once_where_nobody_drops_repetitions(
    line: Line,
) -> None:
    await _die_while_sending(line, line.sms, "sms")
    assert (line.sms.asked, await line.states()) == (1, [("sms", "unknown")])


async def test_a_process_that_dies_while_sending_sends_again_where_the_carrier_drops_repetitions(
    line: Line,
) -> None:
    await _die_while_sending(line, line.zalo, "zalo")
    assert (line.zalo.asked, len(line.zalo.taken)) == (2, 1)
    assert await line.states() == [("zalo", "sent")]


async def test_an_unclear_answer_of_an_idempotent_carrier_is_asked_again_with_the_same_key(
    line: Line,
) -> None:
    line.zalo.script = [Unclear("ReadTimeout")]
    await line.verify.start(PHONE, channel="zalo")
    assert await line.states() == [("zalo", "handed")]
    line.verify.clock.move(seconds=20)
    await line.tend()
    assert await line.states() == [("zalo", "sent")]


async def test_five_failures_in_a_row_break_the_circuit_for_thirty_seconds(line: Line) -> None:
    line.sms.script = [NotSent("unreachable")] * 5
    for n in range(6):
        assert body_of(await line.verify.start(f"098765432{n}"))["channel"] == "zalo"
    assert line.sms.asked == 5  # the sixth was not even tried
    line.verify.clock.move(seconds=30)
    assert body_of(await line.verify.start("0987654329"))["channel"] == "sms"


async def test_a_channel_that_nobody_carries_is_told(line: Line) -> None:
    reply = await line.verify.start(PHONE, channel="voice")
    assert (reply.status, dict(reply.headers)[b"retry-after"]) == (503, b"30")


async def test_looking_and_canceling_are_for_the_client_that_started(line: Line) -> None:
    verification = body_of(await line.verify.start(PHONE))["id"]
    path = f"/v1/verifications/{verification}"
    assert (await line.verify.ask("GET", path, client_id="stranger")).status == 404
    assert (await line.verify.ask("POST", f"{path}/cancel", client_id="stranger")).status == 404
    assert body_of(await line.verify.ask("POST", f"{path}/cancel"))["status"] == "canceled"
    assert (await line.verify.ask("POST", f"{path}/cancel")).status == 409
    assert (await line.verify.check(verification, line.sms.taken[0].code)).status == 422
    expired = body_of(await line.verify.start(PHONE))["id"]
    line.verify.clock.move(minutes=5)
    assert (await line.verify.status(expired))["status"] == "expired"

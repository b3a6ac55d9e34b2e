"""A carrier that fails is left alone by every process, also by one that starts later, until one message tries it."""

import asyncio
from pathlib import Path

from services.verify.senders.carriers import Carriers
from services.verify.senders.port import CodeMessage, NotSent, Unclear
from tests.running import until
from tests.services.verify.running import NOON, Verify, running
from tests.services.verify.senders.scripted import ScriptedSender

MESSAGE = CodeMessage("v1", 1, "+84912345678", "sms", "vi", "text", "012345", NOON, "k", "12:07")


def carriers(verify: Verify) -> Carriers:
    found: Carriers = verify.app.state.desk.carriers
    return found


async def fail(verify: Verify, sender: ScriptedSender, times: int) -> None:
    for _ in range(times):
        sender.script = [Unclear("TimeoutError")]
        try:
            await carriers(verify).send(sender, MESSAGE)
        except Unclear:
            continue


async def test_failures_are_counted_over_all_processes_and_outlive_them(tmp_path: Path) -> None:
    first, second = ScriptedSender("one", ("sms",)), ScriptedSender("one", ("sms",))
    async with running(tmp_path, senders=[first]) as verify:
        await fail(verify, first, 3)
        assert carriers(verify).carrier_of("sms") is first
    async with running(tmp_path, senders=[second]) as verify:

        async def heard() -> bool:
            return carriers(verify).circuits["one"].failures == 3 if carriers(verify).circuits else False

        await until(heard)
        await fail(verify, second, 2)
        assert carriers(verify).carrier_of("sms") is None
        verify.clock.move(seconds=31)
        assert carriers(verify).carrier_of("sms") is second


async def test_one_message_tries_a_rested_carrier_and_its_success_opens_it_for_all(tmp_path: Path) -> None:
    sender = ScriptedSender("one", ("sms",))
    async with running(tmp_path, senders=[sender]) as verify:
        await fail(verify, sender, 5)
        verify.clock.move(seconds=31)
        asked = sender.asked
        trials = await asyncio.gather(
            *(carriers(verify).send(sender, MESSAGE) for _ in range(5)), return_exceptions=True
        )
        assert sender.asked == asked + 1
        assert sum(isinstance(one, NotSent) for one in trials) == 4
        assert carriers(verify).circuits["one"] == (0, None)
        await carriers(verify).send(sender, MESSAGE)
        assert sender.asked == asked + 2


async def test_a_refusal_of_one_number_is_no_failure_of_the_carrier(tmp_path: Path) -> None:
    sender = ScriptedSender("one", ("sms",))
    async with running(tmp_path, senders=[sender]) as verify:
        for _ in range(6):
            sender.script = [NotSent("number", of_message=True)]
            await asyncio.gather(carriers(verify).send(sender, MESSAGE), return_exceptions=True)
        assert carriers(verify).carrier_of("sms") is sender

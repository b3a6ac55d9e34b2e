"""What is proved is kept and announced in the transaction that used the code up, without the number."""

import asyncio
from collections.abc import Sequence

import msgspec

from kernel.contracts.phones import PhoneVerified
from kernel.contracts.topics import TOPICS
from kernel.log.port import Message
from tests.running import body_of, from_the_start
from tests.services.verify.running import NOON, Verify, consented

PHONE, E164 = "0912345678", "+84912345678"


async def published(verify: Verify) -> Sequence[Message]:
    """Everything in `phones.verified`, once something is."""
    log = verify.app.state.chassis.log

    subscription = await log.subscribe("tests", ["phones.verified"], from_the_start)
    batches = await subscription.next(wait=5.0, limit=100)
    return [message for batch in batches for message in batch.messages]


async def test_a_proof_is_announced_with_subject_and_purpose_and_no_number(verify: Verify) -> None:
    subject = verify.ingest.add(phone=E164)
    await verify.consents(consented(subject, 1, granted=NOON))
    verification = body_of(await verify.start(PHONE, channel="zalo"))["id"]
    receipt = body_of(await verify.check(verification, verify.code_of(verification)))["receipt"]
    (message,) = await published(verify)
    event = TOPICS["phones.verified"].decode(message.value)
    assert isinstance(event, PhoneVerified)
    assert (event.subject, event.verification_id) == (subject, verification)
    assert (event.method, event.purpose, event.verified_at) == ("zalo", "verification", NOON)
    assert b"912345678" not in message.value
    assert msgspec.convert(receipt["verified_at"], type(NOON)) == NOON


async def test_a_wrong_code_announces_nothing(verify: Verify) -> None:
    verification = body_of(await verify.start(PHONE))["id"]
    await verify.check(verification, "wrong")
    await asyncio.sleep(0.1)
    assert await verify.app.state.chassis.relay.drained()
    assert all(end == 0 for end in (await verify.app.state.chassis.log.ends(["phones.verified"])).values())


async def test_receipts_of_one_client_tell_equal_numbers_and_of_two_do_not(verify: Verify) -> None:
    numbers = []
    for client in ("app", "app", "other"):
        verification = body_of(await verify.start(PHONE, client=client))["id"]
        reply = await verify.check(verification, verify.code_of(verification), client=client)
        numbers.append(body_of(reply)["receipt"]["number"])
    assert numbers[0] == numbers[1] != numbers[2]

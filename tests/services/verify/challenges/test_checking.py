"""Promises of checking a code: five times, counted first, used once, and one answer for everything else."""

import asyncio
import time
from collections import Counter
from statistics import median
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from kernel.ids import new_id
from services.verify.challenges.service import checking
from tests.running import body_of
from tests.services.verify.running import Verify, refusal

PHONE = "0912 345 678"


async def started(verify: Verify, phone: str = PHONE) -> tuple[str, str, str]:
    """A pending verification: its id, its code and a wrong one."""
    reply = await verify.start(phone)
    assert reply.status == 201, reply.body
    verification = body_of(reply)["id"]
    code = verify.code_of(verification)
    return verification, code, f"{(int(code) + 1) % 10**6:06d}"


async def test_the_right_code_verifies_once(verify: Verify) -> None:
    verification, code, _ = await started(verify)
    reply = await verify.check(verification, code)
    assert reply.status == 200
    body = body_of(reply)
    assert (body["id"], body["status"]) == (verification, "verified")
    receipt = body["receipt"]
    assert set(receipt) == {"id", "verification_id", "method", "purpose", "verified_at", "number", "jws"}
    assert (receipt["method"], receipt["purpose"]) == ("sms", "verification")
    assert (await verify.check(verification, code)).status == 422


async def test_wrong_unknown_used_expired_and_foreign_have_one_answer(verify: Verify) -> None:
    wrong, _, wrong_code = await started(verify)
    used, used_code, _ = await started(verify, "0912345679")
    await verify.check(used, used_code)
    foreign, foreign_code, _ = await started(verify, "0912345670")
    expired, expired_code, _ = await started(verify, "0912345671")
    answers = [
        await verify.check(wrong, wrong_code),
        await verify.check(wrong, "not a code"),
        await verify.check(new_id(), "123456"),
        await verify.check("no-uuid", "123456"),
        await verify.check(used, used_code),
        await verify.check(foreign, foreign_code, client="stranger"),
    ]
    verify.clock.move(minutes=5)
    answers.append(await verify.check(expired, expired_code))
    (answer,) = {str(refusal(reply)) for reply in answers}
    assert refusal(answers[0])[0] == 422
    assert "verification-failed" in answer
    assert {tuple(sorted(name for name, _ in reply.headers)) for reply in answers} == {
        tuple(sorted(name for name, _ in answers[0].headers))
    }


@pytest.mark.parametrize("known", [True, False])
async def test_five_checks_a_code_then_exhausted_whether_it_exists_or_not(
    verify: Verify, known: bool
) -> None:
    verification, code, wrong = await started(verify)
    asked = verification if known else new_id()
    statuses = [(await verify.check(asked, wrong)).status for _ in range(5)]
    assert statuses == [422] * 5
    sixth = await verify.check(asked, code)
    assert sixth.status == 429
    assert body_of(sixth)["type"].endswith("/verification-exhausted")


async def test_the_fifth_check_may_still_be_right(verify: Verify) -> None:
    verification, code, wrong = await started(verify)
    for _ in range(4):
        await verify.check(verification, wrong)
    assert (await verify.check(verification, code)).status == 200


async def test_checks_by_a_stranger_cost_the_client_none_of_its_own(verify: Verify) -> None:
    verification, code, wrong = await started(verify)
    for _ in range(6):
        await verify.check(verification, wrong, client="stranger")
    assert (await verify.check(verification, code)).status == 200


async def test_a_number_has_fifteen_checks_a_day_over_all_its_codes(verify: Verify) -> None:
    for _ in range(3):
        verification, _, wrong = await started(verify)
        for _ in range(5):
            assert (await verify.check(verification, wrong)).status == 422
        verify.clock.move(minutes=10)
    verification, code, _ = await started(verify)
    assert (await verify.check(verification, code)).status == 429
    other, other_code, _ = await started(verify, "0912345679")
    assert (await verify.check(other, other_code)).status == 200
    verify.clock.move(hours=26)
    verification, code, _ = await started(verify)
    assert (await verify.check(verification, code)).status == 200


async def test_resends_do_not_renew_the_budget(verify: Verify) -> None:
    verification, code, wrong = await started(verify)
    for _ in range(3):
        await verify.check(verification, wrong)
    verify.clock.move(seconds=30)
    await verify.resend(verification)
    for _ in range(2):
        await verify.check(verification, wrong)
    assert (await verify.check(verification, code)).status == 429


async def test_of_200_checks_at_once_five_are_compared(verify: Verify) -> None:
    verification, code, wrong = await started(verify)
    compared = Counter[str]()
    compare = checking.same_hash

    def counting(left: bytes, right: bytes) -> bool:
        compared["compared"] += 1
        return compare(left, right)

    with patch.object(checking, "same_hash", counting):
        codes = [code if n == 150 else wrong for n in range(200)]
        replies = await asyncio.gather(*(verify.check(verification, tried) for tried in codes))
    statuses = Counter(reply.status for reply in replies)
    assert compared["compared"] <= 5
    assert statuses[429] == 195
    assert statuses[200] + statuses[422] == 5


async def test_of_many_right_codes_at_once_one_verifies(verify: Verify) -> None:
    verification, code, _ = await started(verify)
    replies = await asyncio.gather(*(verify.check(verification, code) for _ in range(5)))
    assert Counter(reply.status for reply in replies) == {200: 1, 422: 4}
    async with verify.database.snapshot() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM evidence")).scalar() == 1


async def test_a_check_is_counted_before_anything_is_compared(verify: Verify) -> None:
    """A crash in the middle of a comparison gives no check back."""
    verification, code, _ = await started(verify)
    cut = patch.object(checking, "same_hash", side_effect=RuntimeError("power cut"))
    with cut, capture_logs() as lines:
        for _ in range(5):
            assert (await verify.check(verification, code)).status == 500
    assert {line["error"] for line in lines} == {"RuntimeError"}
    assert (await verify.check(verification, code)).status == 429


async def test_the_last_moment_is_still_in_time_by_the_server_s_clock(verify: Verify) -> None:
    verification, code, _ = await started(verify)
    verify.clock.move(minutes=5, seconds=-0.001)
    assert (await verify.check(verification, code)).status == 200


async def test_unknown_and_wrong_answers_take_the_same_time(verify: Verify) -> None:
    """Medians within 10 ms; the id alone decides nothing that a stop-watch could see."""
    known = [body_of(await verify.start(f"09872{n:02d}54{n % 10}"))["id"] for n in range(20)]
    strangers = [new_id() for _ in known]
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for pair in zip(known, strangers, strict=True):
        for name, verification in zip(took, pair, strict=True):
            begun = time.perf_counter()
            assert (await verify.check(verification, "wrong")).status == 422
            took[name].append(time.perf_counter() - begun)
    assert abs(median(took["known"]) - median(took["unknown"])) < 0.010


async def test_a_code_of_another_verification_of_the_same_number_proves_nothing(verify: Verify) -> None:
    first, code, _ = await started(verify)
    second = body_of(await verify.start(PHONE))["id"]
    if code != verify.code_of(second):
        assert (await verify.check(second, code)).status == 422
    assert (await verify.check(first, code)).status == 200
    assert (await verify.check(first, code)).status == 422

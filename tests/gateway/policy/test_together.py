"""What waits together is answered together, each by its own answer, by work that began after it asked."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.policy.together import MOST, Together


async def test_whoever_comes_while_a_run_is_on_shares_the_next_one() -> None:
    runs: list[list[int]] = []
    gate = asyncio.Event()

    async def work(asked: Sequence[int]) -> list[int | Exception]:
        runs.append(list(asked))
        await gate.wait()
        return [one * 2 for one in asked]

    together: Together[int, int] = Together()
    tasks = [asyncio.create_task(together.ask(0, work))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(together.ask(one, work)) for one in range(1, MOST + 3)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*tasks) == [one * 2 for one in range(MOST + 3)]
    assert [len(run) for run in runs] == [1, MOST, 2]


async def test_an_answer_that_is_a_refusal_is_raised_to_its_own_asker_only() -> None:
    async def work(asked: Sequence[int]) -> list[int | Exception]:
        return [ValueError("odd") if one % 2 else one for one in asked]

    together: Together[int, int] = Together()
    found = await asyncio.gather(*(together.ask(one, work) for one in range(4)), return_exceptions=True)
    assert [type(one) for one in found] == [int, ValueError, int, ValueError]


async def test_work_that_breaks_leaves_nobody_waiting_and_the_next_one_is_served() -> None:
    async def broken(asked: Sequence[int]) -> list[int | Exception]:
        raise OSError("full")

    async def work(asked: Sequence[int]) -> list[int | Exception]:
        return list(asked)

    together: Together[int, int] = Together()
    with pytest.raises(OSError, match="full"):
        await together.ask(1, broken)
    assert await together.ask(2, work) == 2


async def test_who_leaves_is_not_missed() -> None:
    gate = asyncio.Event()

    async def work(asked: Sequence[int]) -> list[int | Exception]:
        await gate.wait()
        return list(asked)

    together: Together[int, int] = Together()
    leaving, staying = (asyncio.create_task(together.ask(one, work)) for one in (1, 2))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()
    assert await staying == 2

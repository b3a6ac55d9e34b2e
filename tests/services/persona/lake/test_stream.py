"""From the log to the lake, once, whatever is delivered twice."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
import pytest

from kernel.contracts.records import RecordsWithdrawn
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.log.open import open_log
from kernel.log.port import Batch, Entry, Log, Message
from services.persona.lake.repository.delta import FactLake
from services.persona.lake.stream import facts as stream
from services.persona.lake.stream.facts import GROUP, TOPICS_READ, FactStream
from tests.happened import envelope
from tests.running import from_the_start
from tests.services.persona.archetypes import record
from tests.services.persona.lake.test_delta import rows
from tests.services.persona.running import Feed

ANH, BINH = new_id(), new_id()


class Bench:
    """A fact stream over a log, stepped by hand."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log = log
        self.feed = Feed(log, "ingest")
        self.erased: set[str] = set()
        self.aside: list[tuple[int, str]] = []
        self.lake = FactLake(str(folder / "lake"), GROUP)

    def stream(self) -> FactStream:
        """A new member, as after a start."""
        return FactStream(self.log, self.lake, self._erased_of, self._put_aside)

    async def pump(self, *, commit: bool = True) -> FactStream:
        """Read what there is as a new member, and commit it (or die before)."""
        member = self.stream()
        subscription = await self.log.subscribe(GROUP, TOPICS_READ, member.position_of)
        await member.step(subscription)
        if commit and member._pending.reached:
            await member.commit()
        await subscription.close()
        return member

    async def _erased_of(self, subjects: Collection[str]) -> set[str]:
        return self.erased & set(subjects)

    async def _put_aside(self, batch: Batch, message: Message, reason: str) -> None:
        self.aside.append((message.offset, reason))


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A bench whose steps do not wait for company."""
    monkeypatch.setattr(stream, "LONGEST_S", 0.2)
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    await log.start()
    await log.create_topics(TOPICS.values())
    yield Bench(log, tmp_path)
    await log.stop()


async def test_what_was_read_but_not_written_is_read_again_and_what_was_written_is_not(bench: Bench) -> None:
    await bench.feed.send(*(record(ANH, "interaction", {"name": "v"}) for _ in range(4)))
    await bench.pump(commit=False)
    assert rows(bench.lake) == 0
    await bench.pump()
    assert rows(bench.lake) == 4
    await bench.pump()
    assert rows(bench.lake) == 4


async def test_a_batch_delivered_again_after_a_crash_changes_nothing(bench: Bench) -> None:
    """The commit went through, the process died before its next poll, and the log delivers from an old position."""
    await bench.feed.send(*(record(ANH, "interaction", {"name": "v"}) for _ in range(4)))
    await bench.pump()
    member = bench.stream()

    subscription = await bench.log.subscribe(GROUP, TOPICS_READ, from_the_start)
    for batch in await subscription.next(wait=1.0, limit=100):
        await member._take(batch)
    assert len(member._pending.facts) == 0  # the producer's marks know every one of them
    await subscription.close()
    assert rows(bench.lake) == 4


async def test_an_event_sent_twice_by_its_relay_counts_once(bench: Bench) -> None:
    event = record(ANH, "interaction", {"name": "v"})
    entry = bench.feed.entry(event)
    await bench.log.append([entry])
    await bench.pump()
    await bench.log.append([entry, bench.feed.entry(record(ANH, "interaction", {"name": "w"}))])
    await bench.pump()
    assert rows(bench.lake) == 2
    assert (await bench.stream().lag()) == {"records.accepted": 0, "mentions.analyzed": 0}


async def test_nothing_of_an_erased_person_enters(bench: Bench) -> None:
    bench.erased = {ANH}
    await bench.feed.send(
        record(ANH, "interaction", {"name": "v"}), record(BINH, "interaction", {"name": "v"})
    )
    await bench.pump()
    assert rows(bench.lake) == 1


async def test_a_message_that_is_no_event_is_put_aside_alone(bench: Bench) -> None:
    await bench.feed.send(record(ANH, "interaction", {"name": "v"}))
    await bench.log.append([Entry("records.accepted", ANH.encode(), b'{"type":"Nonsense"}')])
    await bench.feed.send(record(ANH, "interaction", {"name": "v"}))
    await bench.pump()
    assert bench.aside == [(1, "ValidationError")]
    assert rows(bench.lake) == 2


async def test_where_another_member_took_over_it_is_read_from_the_lake_again(bench: Bench) -> None:
    await bench.feed.send(record(ANH, "interaction", {"name": "v"}))
    late = bench.stream()
    subscription = await bench.log.subscribe(GROUP, TOPICS_READ, late.position_of)
    await late.step(subscription)  # has read and not yet written
    await bench.pump()
    late._pending.since = 0.0
    await late.step(subscription)  # is refused, and starts over
    await late.step(subscription)
    assert rows(bench.lake) == 1
    assert len(late._pending.facts) == 0
    await subscription.close()


@pytest.mark.parametrize("written", [False, True])
async def test_a_later_state_of_a_record_replaces_the_one_before(bench: Bench, written: bool) -> None:
    """Whether the one before is in the lake already or was read in the same breath."""
    old = record(ANH, "interaction", {"name": "v"})
    await bench.feed.send(old, record(ANH, "interaction", {"name": "w"}))
    await bench.pump(commit=written)
    new = msgspec.structs.replace(record(ANH, "interaction", {"name": "x"}), supersedes=old.record_id)
    await bench.feed.send(new)
    await bench.pump()
    kept = {row["record_id"] for row in await asyncio.to_thread(bench.lake.facts_of, [ANH])}
    assert (old.record_id in kept, new.record_id in kept, len(kept)) == (False, True, 2)


async def test_a_record_taken_from_one_person_stays_with_the_other(bench: Bench) -> None:
    """The same id, corrected, is about somebody else: of the first nothing is left, whichever event comes first."""
    mine = record(ANH, "interaction", {"name": "v"})
    theirs = msgspec.structs.replace(record(BINH, "interaction", {"name": "v"}), record_id=mine.record_id)
    await bench.feed.send(mine, theirs)
    await bench.pump()
    gone = RecordsWithdrawn(
        **envelope(ANH), record_ids=(mine.record_id,), kinds=("interaction",), reason="corrected"
    )
    await bench.feed.send(gone)
    await bench.pump()
    left = await asyncio.to_thread(bench.lake.facts_of, [ANH, BINH])
    assert {row["subject"] for row in left} == {BINH}

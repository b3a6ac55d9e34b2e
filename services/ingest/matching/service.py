"""Use cases of matching: queue a job, and work jobs off, each in a child process."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.store.engine import Database
from services.ingest import moments
from services.ingest.identity.service import every_family
from services.ingest.matching import repository
from services.ingest.matching.child import frame
from services.ingest.matching.domain import WORDS, columns_of, threshold_of
from services.ingest.merges.domain import Agreement, Pair
from services.ingest.merges.service import judged_pairs, keep_found
from services.ingest.records.service import FIRST_TELLING, telling_page
from services.ingest.vault.service import Vault

PAGE: Final = 200
SILENT_S: Final = 300
_POLL_S: Final = 1.0
_KEPT_ENV: Final = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONPATH")


class MatchingFailed(RuntimeError):
    """The child ended before it had told everything."""


@dataclass(slots=True)
class Matching:
    """Works jobs off, one at a time a process."""

    database: Database
    vault: Vault
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def queue(self, client_id: str) -> str:
        """A new job's id; it begins as soon as no other runs."""
        key = new_id()
        async with self.database.transaction() as tx:
            await repository.add_job(tx, key, client_id)
        self._news.set()
        return key

    async def run(self) -> None:
        """Work off what is queued, until cancelled."""
        while True:
            if not await self.work_one():
                await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), _POLL_S)
        except TimeoutError:
            return
        self._news.clear()

    async def work_one(self) -> bool:
        """Work one job off; False where none waits."""
        since = moments.now() - SILENT_S * 1_000_000
        async with self.database.snapshot() as connection:
            if not await repository.anything_queued(connection, since):
                return False
        async with self.database.transaction() as tx:
            key = await repository.take_queued(tx, since)
        if key is None:
            return False
        try:
            await self._work(key)
        except (MatchingFailed, OSError, msgspec.DecodeError, asyncio.IncompleteReadError) as error:
            await self._note(key, state="failed", reason=type(error).__name__, ended_at=moments.now())
        return True

    async def _work(self, key: str) -> None:
        child = await _started()
        try:
            people, found = await asyncio.gather(self._feed(child, key), self._listen(child, key))
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
        async with self.database.transaction() as tx:
            judged = await judged_pairs(tx)
            threshold, basis = threshold_of([(same, told) for _, _, same, told in judged])
            pairs = [pair for pair in found if pair.probability >= threshold]
            count = await keep_found(tx, pairs, await every_family(tx))
            await repository.change(
                tx, key, state="done", stage="done", progress=1.0, people=people, found=count,
                threshold=threshold, basis=basis, ended_at=moments.now(),
            )  # fmt: skip

    async def _feed(self, child: Process, key: str) -> int:
        """Write everybody's columns to the child, page by page, under its backpressure; how many people they are."""
        stdin, people = child.stdin, set[str]()
        if stdin is None:
            raise MatchingFailed("the child has no standard input")
        after: tuple[str, bytes] | None = FIRST_TELLING
        number = 0
        while after is not None:
            async with self.database.snapshot() as connection:
                told, after = await telling_page(connection, self.vault, after, PAGE)
            rows = [
                columns_of(str(number + place), subject, fields)
                for place, (subject, fields) in enumerate(told)
            ]
            number += len(rows)
            people.update(subject for subject, _ in told)
            if rows:
                stdin.write(frame(rows))
                await stdin.drain()
            await asyncio.sleep(0)
        stdin.write(frame([]))
        await stdin.drain()
        await self._note(key, stage="learning", progress=0.3, people=len(people))
        return len(people)

    async def _listen(self, child: Process, key: str) -> list[Pair]:
        """The pairs that the child tells; its stages are noted. Raises MatchingFailed where it ends early."""
        if child.stdout is None:
            raise MatchingFailed("the child has no standard output")
        pairs: list[Pair] = []
        while True:
            head = await child.stdout.read(4)
            if len(head) < 4:
                raise MatchingFailed("the child ended")
            message = msgspec.msgpack.decode(await child.stdout.readexactly(int.from_bytes(head, "big")))
            if "done" in message:
                return pairs
            if "stage" in message:
                await self._note(key, **message)
            else:
                pairs.append(_pair(message))

    async def _note(self, key: str, **values: Any) -> None:
        async with self.database.transaction() as tx:
            await repository.change(tx, key, **values)


def _pair(message: dict[str, Any]) -> Pair:
    evidence = tuple(
        Agreement(name, level, WORDS[level], weight)
        for name, level, weight in message["evidence"]
        if level != "unknown"
    )
    return Pair(message["a"], message["b"], message["probability"], evidence)


async def _started() -> Process:
    """A child without an address of a database and without a secret of ours."""
    env = {name: os.environ[name] for name in _KEPT_ENV if name in os.environ}
    command = (sys.executable, "-m", "services.ingest.matching.child")
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=env)


async def find_job(tx: AsyncConnection, key: str) -> Any:
    """A job. Raises NotFound."""
    job = await repository.job_by_id(tx, key)
    if job is None:
        raise NotFound("There is no such job.")
    return job

"""Use cases of imports: show what a file would come to, and take it in block by block."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput, NotFound, Unavailable
from kernel.ids import new_id
from kernel.store.engine import Database
from services.social.analysis.service import Readers, ReadersLost
from services.social.imports import repository
from services.social.imports.domain.tables import Asked, Block, Broken, Problem, read_block
from services.social.mentions import service as mentions
from services.social.mentions.domain.incoming import handles_in
from services.social.people.service import Speakers

ROWS_A_BLOCK = 5_000
PREVIEWED = 20
PROBLEMS_KEPT = 1_000
NOTHING = "There is no such import."
COUNTS = ("accepted", "duplicate", "edited", "quarantined")

problems_in = msgspec.json.Decoder(list[Problem]).decode


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Takes files in. `secret` keys the hashes; `on_stored` is called after mentions are committed."""

    database: Database
    readers: Readers
    speakers: Speakers
    secret: bytes
    on_stored: Callable[[], None]

    async def preview(self, content: bytes, asked: Asked) -> Block:
        """The first rows as they would be stored. Raises InvalidInput where the file cannot be read, Unavailable."""
        return _readable(await self._block(content, asked, 0, PREVIEWED))

    async def run(self, content: bytes, asked: Asked, client_id: str) -> sa.Row[Any]:
        """Take all rows in; each block is one commit. Returns the import.

        The file may be sent again after any failure: what is in already is a duplicate. Raises InvalidInput where it
        cannot be read from the beginning, Unavailable.
        """
        block = _readable(await self._block(content, asked, 0, ROWS_A_BLOCK))
        import_id = await self._begin(block, client_id)
        counts, problems = Counter[str](), list[Problem]()
        state = "running"
        while state == "running":
            problems += block.problems[: PROBLEMS_KEPT - len(problems)]
            state = "running" if block.after is not None else "done"
            counts += await self._store(import_id, block, counts, problems, state)
            if block.after is not None:
                following = await self._block(content, asked, block.after, ROWS_A_BLOCK)
                if isinstance(following, Broken):
                    state = await self._fail(import_id, problems, following, block.after)
                else:
                    block = following
        async with self.database.snapshot() as view:
            return await find_import(view, import_id)

    async def _begin(self, block: Block, client_id: str) -> str:
        row = {
            "import_id": new_id(), "by_client": client_id, "platform": block.layout.platform,
            "preset": block.layout.preset, "state": "running", "problems": "[]",
            "created_ms": time.time_ns() // 1_000_000, **dict.fromkeys(COUNTS, 0),
        }  # fmt: skip
        async with self.database.transaction() as tx:
            await repository.insert_import(tx, row)
        return str(row["import_id"])

    async def _store(
        self, import_id: str, block: Block, before: Counter[str], problems: list[Problem], state: str
    ) -> Counter[str]:
        met = await self.speakers.meet(handles_in(block.judged))
        async with self.database.transaction() as tx:
            now_ms = time.time_ns() // 1_000_000
            receipts = await mentions.accept_mentions(tx, block.judged, now_ms, met)
            became = Counter[str](receipt.status for receipt in receipts)
            counts = {name: before[name] + became[name] for name in COUNTS}
            values = {**counts, "problems": msgspec.json.encode(problems).decode(), "state": state}
            await repository.change_import(tx, import_id, values)
        self.on_stored()
        return became

    async def _fail(self, import_id: str, problems: list[Problem], why: Broken, row: int) -> str:
        told = [Problem(row + 1, None, why.code, why.detail), *problems]
        async with self.database.transaction() as tx:
            values = {"state": "failed", "problems": msgspec.json.encode(told).decode()}
            await repository.change_import(tx, import_id, values)
        return "failed"

    async def _block(self, content: bytes, asked: Asked, after: int, count: int) -> Block | Broken:
        now_ms = time.time_ns() // 1_000_000
        try:
            return await self.readers.run(read_block, content, asked, self.secret, now_ms, after, count)
        except ReadersLost as error:
            raise Unavailable("The file could not be read; send it again.") from error


def _readable(found: Block | Broken) -> Block:
    if isinstance(found, Broken):
        error = FieldError("/file", f"{found.detail} ({found.code})")
        raise InvalidInput(found.detail, errors=[error])
    return found


async def find_import(tx: AsyncConnection, import_id: str) -> sa.Row[Any]:
    """An import by its id. Raises NotFound."""
    row = await repository.select_import(tx, import_id)
    if row is None:
        raise NotFound(NOTHING)
    return row

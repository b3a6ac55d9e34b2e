"""How far a view of the consent ledger reaches."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.consents.view import Watermarks, add_watermarks
from kernel.store.engine import Database
from kernel.store.moments import Micros, UtcTime

NOON = datetime(2026, 11, 24, 5, 0, 0, 123_456, tzinfo=UTC)
METADATA = sa.MetaData()
KINDS = {kind: add_watermarks(METADATA, kind.__name__, "at", "Marks.", kind) for kind in (UtcTime, Micros)}


@pytest.mark.parametrize("marks", KINDS.values(), ids=[kind.__name__ for kind in KINDS])
async def test_a_view_reaches_as_far_as_its_oldest_partition_and_never_back(
    marks: Watermarks, tmp_path: Path
) -> None:
    await reaches_as_its_oldest(marks, f"sqlite:///{tmp_path / 'view.db'}")


@pytest.mark.parametrize("marks", KINDS.values(), ids=[kind.__name__ for kind in KINDS])
async def test_so_it_does_on_a_server(marks: Watermarks, postgres_url: str) -> None:
    await reaches_as_its_oldest(marks, postgres_url)


async def reaches_as_its_oldest(marks: Watermarks, url: str) -> None:
    """Follow three partitions, of which one is late and one goes back."""
    database = Database(url)
    later = NOON + timedelta(microseconds=1)
    try:
        async with database.transaction() as tx:
            await tx.run_sync(METADATA.create_all)
            await marks.move(tx, {})
            await marks.move(tx, {2: later, 0: NOON})
            assert await marks.seen_to(tx, range(3)) is None
            await marks.move(tx, {1: later, 2: NOON})
            assert await marks.seen_to(tx, range(3)) == NOON
            assert await marks.seen_to(tx, {1, 2}) == later
            await marks.move(tx, {0: later})
            assert await marks.seen_to(tx, range(3)) == later
    finally:
        await database.close()

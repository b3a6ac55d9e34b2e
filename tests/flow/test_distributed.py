"""Distributed mode on real engines: the same day, the same promises."""

import asyncio
from pathlib import Path

import pytest

from deploy.cluster import DATABASES
from deploy.engines.databases import execute
from tests.engines import Engines
from tests.flow.controls import every_cell, plant_messages, plant_rows
from tests.flow.platforms import cluster, credentials_of, metrics
from tests.flow.scenario import a_day
from tests.privacy.canaries import found_in
from tests.privacy.contents import leaks_below

pytestmark = [pytest.mark.flow, pytest.mark.engines]


def test_a_day_leaves_portraits_and_no_personal_data_in_clear(tmp_path: Path, own_engines: Engines) -> None:
    postgres, kafka = own_engines.postgres, own_engines.kafka
    with cluster(tmp_path / "data", tmp_path / "keys", postgres, kafka) as platform:
        controls = asyncio.run(plant_rows(postgres, DATABASES))
        partitions = asyncio.run(plant_messages(kafka))
        asyncio.run(a_day(platform.base_url, credentials_of(platform.data_dir)))
        measured = [(f"metrics of {name}", metrics(port)) for name, port in platform.ports.items()]
        rows = asyncio.run(every_cell(postgres, DATABASES))
        wal = leaks_below(own_engines.folder / "postgres" / "pgdata" / "pg_wal")
        asyncio.run(execute(postgres, ["CHECKPOINT"]))  # now every page is in its file
        kept = leaks_below(own_engines.folder, exempt="pg_wal")  # searched already
    assert all(b"chandung_requests" in text for _, text in measured)
    assert sum(len(cells) for _, cells in rows) > 1_000_000
    assert found_in(measured) == leaks_below(tmp_path, exempt="outbox") == []
    assert set(found_in(rows)) == {"table ingest.control_live: control"}
    # The control is found wherever it was put, and nothing that was planted anywhere.
    wanted = {f"postgres/pgdata/{file} (raw): control" for file in controls}
    wanted |= {f"kafka/topics/{name}/{0:020}.log (messages): control" for name in partitions}
    assert len(wanted) == 9
    assert wanted <= set(kept)
    assert wal
    assert {leak.rpartition(": ")[2] for leak in (*wal, *kept)} == {"control"}

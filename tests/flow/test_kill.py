"""`kill -9` at any moment loses nothing that was acknowledged and applies nothing twice."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.connect import open_client
from deploy.engines import kafka_broker
from tests.flow.load import COLLECTOR, Persistent, sales_in
from tests.flow.platforms import cluster, credentials_of, embedded
from tests.running import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(400)]

BATCHES = 60


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.enable_socket
def test_embedded_survives_being_killed(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        sender = Persistent(platform.base_url, credentials_of(platform.data_dir)["collector"], BATCHES)
        sender.start()
        for pause in (0.7, 1.3, 1.9):
            time.sleep(pause)
            platform.kill()
            platform.start()
        finish(sender, platform.base_url, credentials_of(platform.data_dir))
        platform.stop()
    assert sorted(sales_in(tmp_path / "data" / "lake")) == sorted(sender.acknowledged)


@pytest.mark.engines
def test_distributed_survives_each_service_being_killed(
    tmp_path: Path, postgres_server_url: str, engine_folder: Path
) -> None:
    with (
        kafka_broker(engine_folder / "kafka") as kafka,  # its own: the counts below are of these events alone
        cluster(
            tmp_path / "data", tmp_path / "keys", postgres_server_url, kafka, database_prefix="kill_"
        ) as platform,
    ):
        credentials = credentials_of(platform.data_dir)
        sender = Persistent(platform.base_url, credentials["collector"], BATCHES)
        sender.start()
        for victim in ("ingest", "verify", "persona", "gateway", "ingest", "social"):
            time.sleep(0.8)
            platform.kill(victim)
            platform.start(victim)
        platform.wait_ready()
        finish(sender, platform.base_url, credentials)
    assert sorted(sales_in(tmp_path / "data" / "persona" / "lake")) == sorted(sender.acknowledged)


def finish(sender: Persistent, base_url: str, credentials: dict[str, Any]) -> None:
    """All batches are acknowledged, and each sale has had its effects once."""
    sender.join(120)
    assert not sender.is_alive()
    assert sender.refused == []
    assert len(sender.acknowledged) == len(set(sender.acknowledged)) == BATCHES * 25
    asyncio.run(applied_once(base_url, credentials, lambda count: count == BATCHES * 25))


async def applied_once(base_url: str, credentials: dict[str, Any], right: Callable[[int], bool]) -> None:
    """verify has counted each sale once, and persona has every fact."""
    async with open_client(credentials, role="operator", base_url=base_url) as operator:

        async def counted() -> bool:
            answer = await operator.get("/v1/verify/collectors")
            assert answer.status_code == 200, answer.text
            items = answer.json()["items"]
            counts = [item["n"] for item in items if item["id"] == COLLECTOR]
            assert not counts or counts[0] <= BATCHES * 25, "counted twice"
            return bool(counts) and right(counts[0])

        await until(counted, pause=0.1)
        study = {
            "name": "kill",
            "objective": "nothing is lost",
            "audience": {},
            "success_metric": {"kind": "repeat_purchase", "horizon_days": 30},
            "purpose": "profiling",
            "window": {"from": "2026-01-01T00:00:00+00:00", "to": "2030-01-01T00:00:00+00:00"},
        }
        made = await operator.post("/v1/studies", json=study)
        assert made.status_code == 201, made.text

        async def arrived() -> bool:
            coverage = (await operator.get(f"/v1/studies/{made.json()['id']}/coverage")).json()
            return bool(coverage["facts"] == 2 * BATCHES * 25)

        await until(arrived, pause=0.1)

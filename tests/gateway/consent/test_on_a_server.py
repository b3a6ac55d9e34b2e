"""The ledger on a database server, where several write at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.consent import repository, service
from gateway.consent.domain import Act, micros
from kernel.ids import new_id
from tests.gateway.consent.test_consents import accepted, force, hear
from tests.gateway.edge.running import Gateway, running


@pytest.fixture
async def gateway(tmp_path: Path, postgres_url: str) -> AsyncIterator[Gateway]:
    """A gateway on a PostgreSQL database of its own."""
    async with running(tmp_path, database_url=postgres_url) as made:
        yield made


async def test_consent_comes_goes_and_comes_back(gateway: Gateway) -> None:
    person = gateway.ingest.add(phone="+84912345678")
    await hear(gateway, accepted(person, datetime.now(UTC), "service", "marketing"))
    assert await force(gateway, person) == {"service", "marketing"}
    await gateway.withdraw(person, "marketing")
    assert await force(gateway, person) == {"service"}
    await gateway.consent(person, "marketing")
    assert await force(gateway, person) == {"service", "marketing"}


async def test_acts_of_one_new_person_at_the_same_moment_are_all_counted(gateway: Gateway) -> None:
    subject = new_id()
    purposes = ("service", "analytics", "profiling", "marketing", "research")

    async def give(purpose: str) -> None:
        at = micros(datetime.now(UTC))
        act = Act(subject, "given", (purpose,), at, at, "core", 1, "form", purpose)
        async with gateway.parts.database.transaction() as tx:
            await service.record_acts(tx, [act])

    await asyncio.gather(*(give(purpose) for purpose in purposes))
    async with gateway.parts.database.snapshot() as connection:
        ledger = (await repository.ledgers_of(connection, [subject]))[subject]
    assert set(ledger.state) == set(purposes)
    assert ledger.version == len(purposes)


async def test_a_heartbeat_waits_for_changes_that_began_before_it(gateway: Gateway) -> None:
    database, order = gateway.parts.database, []
    entered = asyncio.Event()

    async def change() -> None:
        async with database.transaction() as tx:
            await repository.enter(tx)
            entered.set()
            await asyncio.sleep(0.2)
            order.append("change")

    async def beat() -> None:
        await entered.wait()
        async with database.transaction() as tx:
            await repository.enter(tx, alone=True)
            order.append("beat")

    await asyncio.gather(change(), beat())
    assert order == ["change", "beat"]

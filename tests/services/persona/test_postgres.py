"""The same promises on a PostgreSQL server."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from kernel.contracts.privacy import ErasureRequested
from kernel.contracts.subjects import SubjectMerged, SubjectSplit
from kernel.ids import new_id
from services.persona.lake import service as lake
from tests.happened import envelope
from tests.running import until
from tests.services.persona.archetypes import customers
from tests.services.persona.running import Persona, consented, running
from tests.services.persona.serving.test_service import finished, study


async def people(persona: Persona) -> dict[str, tuple[str, bool]]:
    """Everybody known: the person an origin is read as, and whether profiling is allowed."""
    await persona.feed.beat()
    await until(persona.all_applied)
    async with persona.database.snapshot() as connection:
        return {
            origin: (person, allowed)
            for origin, person, allowed in zip(*await lake.snapshot(connection), strict=True)
        }


async def test_consents_merges_and_splits_make_the_same_view(tmp_path: Path, postgres_url: str) -> None:
    one, other, merge_id = new_id(), new_id(), new_id()
    async with running(tmp_path, database_url=postgres_url) as persona:
        merged = SubjectMerged(**envelope(other), into=one, merge_id=merge_id, merge_version=1)
        await persona.feed.send(consented(one), consented(other, ledger_version=2, granted=False), merged)
        await persona.feed.send(consented(other, ledger_version=1))
        assert await people(persona) == {one: (one, False), other: (one, False)}
        await persona.feed.send(SubjectSplit(**envelope(other), merge_id=merge_id, merge_version=2), merged)
        assert await people(persona) == {one: (one, True), other: (other, False)}


async def test_a_run_is_published_and_an_erased_person_leaves_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    planted = customers(80, end=datetime.now(UTC))
    async with running(tmp_path, database_url=postgres_url) as persona:
        await persona.feed.send(*planted.events, *(consented(person) for person in planted.kind_of))
        await people(persona)
        run = await finished(persona, await study(persona))
        assert run["state"] == "done"
        erased = next(iter(planted.kind_of))
        await persona.feed.beat()
        await until(persona.all_applied)
        answer = await persona.get(f"/v1/subjects/{erased}/persona?purpose=profiling")
        assert answer["persona_id"] in run["personas"]
        await persona.feed.send(ErasureRequested(**envelope(None), request_id=new_id(), origins=(erased,)))

        async def confirmed() -> int:
            return sum((await persona.log.ends(["privacy.confirmed"])).values())

        assert await until(confirmed) == 1
        async with persona.database.snapshot() as connection:
            for table in ("assignment", "consent", "persona_quote"):
                column = "subject" if table == "consent" else "person"
                query = f"SELECT count(*) FROM {table} WHERE CAST({column} AS text) = '{erased}'"
                assert await connection.scalar(sa.text(query)) == 0

"""A study that asked for it is run again by itself, once, when its run has grown old."""

from datetime import UTC, datetime, timedelta

from kernel.ids import new_id
from services.persona.cards.repository import save_publication
from services.persona.studies import repository
from services.persona.studies.service import refresh_due
from tests.services.persona.running import Persona

NOW = datetime.now(UTC)


class Bell:
    """Stands for the runner: only whether it was woken matters here."""

    rung = 0

    def wake(self) -> None:
        """Count."""
        self.rung += 1


async def published(persona: Persona, refresh: dict[str, int] | None, days: int) -> str:
    """A study whose run was published so many days ago."""
    study_id, run_id, at = new_id(), new_id(), NOW - timedelta(days=days)
    async with persona.database.transaction() as tx:
        await repository.save_study(tx, study_id, {"refresh": refresh}, "operator", at)
        await repository.save_run(tx, run_id, study_id, at)
        await repository.claim_run(tx, "holder", at.timestamp(), 10)
        await repository.finish(tx, run_id, "holder", {"state": "done"})
        await save_publication(tx, study_id, run_id, at, {new_id(): 1})
    return study_id


async def test_a_study_is_run_again_when_it_is_due_and_not_twice(persona: Persona) -> None:
    bell = Bell()
    due = await published(persona, {"every_days": 7}, days=8)
    await published(persona, {"every_days": 7}, days=6)
    await published(persona, None, days=400)
    assert await refresh_due(persona.database, bell, NOW) == [due]  # type: ignore[arg-type]  # a bell will do
    assert bell.rung == 1
    assert await refresh_due(persona.database, bell, NOW) == []  # type: ignore[arg-type]

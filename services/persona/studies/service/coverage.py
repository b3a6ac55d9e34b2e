"""What there is to work with before anything is computed: people, consent, facts, and what is missing."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kernel.log.port import Log
from kernel.store.engine import Database
from services.persona.attributes.domain import CATALOGUE, COMPONENTS, attribute
from services.persona.lake import service as lake
from services.persona.lake.repository.delta import FactLake
from services.persona.lake.service import LakeState, People
from services.persona.settings import PersonaSettings
from services.persona.studies.domain.study import Study
from services.persona.studies.service.folder import write_people


@dataclass(slots=True)
class CoverageDesk:
    """Answers coverage questions, one at a time: they share the two cores with everything else."""

    database: Database
    log: Log
    lake: FactLake
    lake_topics: tuple[str, ...]
    settings: PersonaSettings
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: dict[str, tuple[Any, dict[str, Any]]] = field(default_factory=dict)
    """By study: what was asked of, and the answer while that is the same."""

    async def coverage(self, study_id: str, study: Study, now: datetime) -> dict[str, Any]:
        """The study's coverage as the API shows it. Raises OSError where log or lake do not answer."""
        async with self._turn:
            state = await lake.lake_state(self.log, self.lake, self.lake_topics)
            async with self.database.snapshot() as connection:
                people = await lake.snapshot(connection)
            minute = int(now.timestamp()) // 60
            asked = (
                state.version,
                minute,
                hash((tuple(people.origin), tuple(people.person), tuple(people.allowed))),
            )
            known = self._known.get(study_id)
            if known is None or known[0] != asked:
                known = (asked, await asyncio.to_thread(self._count, study, state, people, now))
                self._known = {study_id: known}
        return {**known[1], "facts_until": datetime.fromtimestamp(state.facts_until, UTC).isoformat()}

    def _count(self, study: Study, state: LakeState, people: People, now: datetime) -> dict[str, Any]:
        from services.persona.attributes import repository as engine

        with tempfile.TemporaryDirectory(dir=self.settings.data_dir, prefix="coverage-") as folder:
            place = Path(folder)
            write_people(place, people)
            backend = engine.connect(memory=self.settings.run_memory, threads=1, spill=place)
            files = engine.LakeFiles(state.url, state.files)
            if not state.files and self.lake.is_local:
                return self._judged(engine.NOTHING_COUNTED, study)
            window = study.window(now)
            facts = engine.within(
                engine.facts_of_people(backend, files, place / "people.parquet", consenting=False), window
            )
            asked = [found for found in (attribute(key) for key in study.selection.keys) if found is not None]
            counted = engine.count_people(engine.aggregate(facts, asked, window, study.selection), facts)
            backend.disconnect()
            return self._judged(counted, study)

    def _judged(self, counted: dict[str, Any], study: Study) -> dict[str, Any]:
        missing = list(self._missing(counted))
        blocking = {"customers", "consent", "interactions"}
        enough = not any(entry["code"] in blocking for entry in missing)
        shown = ("customers", "with_consent", "facts", "interactions_median")
        return {**{name: counted[name] for name in shown}, "enough": enough, "missing": missing}

    def _missing(self, counted: dict[str, Any]) -> list[dict[str, str]]:
        found = []
        consenting, needed = counted["with_consent"], self.settings.fewest_people
        if counted["customers"] < needed:
            found.append(
                ("customers", f"{counted['customers']} people with facts in the window; {needed} are needed.")
            )
        elif consenting < needed:
            found.append(("consent", f"{consenting} people consent to profiling; {needed} are needed."))
        median = counted["interactions_median"]
        if median is not None and median < self.settings.fewest_contacts:
            found.append(("interactions", f"Half of the people left {median:g} records or fewer."))
        for component in COMPONENTS:
            sources = {kind for a in CATALOGUE.values() if a.component == component for kind in a.sources} - {
                "any"
            }
            if sources.isdisjoint(counted["kinds"]):
                found.append(
                    (component, f"No facts of {', '.join(sorted(sources))}: this component will be thin.")
                )
        return [{"code": code, "detail": detail} for code, detail in found]

"""Merge, then split: over any sequence of records, merges and splits both people are exactly what they were.

Two ingests get the same records in the same order; one of them is merged and split in between. At the end everything
that was merged is split, and both must hold the same people: the same identifiers, records, facets and consents.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.ingest.identity.tables import identifier, subject
from services.ingest.merges.domain import root_of, steps_of
from services.ingest.merges.repository import Entry
from services.ingest.merges.tables import merge_entry
from services.ingest.records.tables import facet
from services.ingest.records.tables import record as stored
from tests.services.ingest.harness import Running, consent, record, running_ingest

PHONES = [f"091234567{n}" for n in range(4)]
EMAILS = [f"k{n}@example.com" for n in range(3)]
NAMES = ["Lý Bảo Trân", "Đỗ Minh Khôi", None]


class Restored(RuleBasedStateMachine):
    """`plain` is never merged."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack, self.folder = AsyncExitStack(), TemporaryDirectory()
        self.plain, self.merging = self.loop.run_until_complete(self._start())
        self.merges: list[str] = []

    async def _start(self) -> tuple[Running, Running]:
        folder = Path(self.folder.name)
        one = await self.stack.enter_async_context(running_ingest(folder / "plain"))
        return one, await self.stack.enter_async_context(running_ingest(folder / "merging"))

    def teardown(self) -> None:
        try:
            for merge_id in self.merges:
                self._ask("/v1/subjects/split", merge_id=merge_id, reason="undone")
            assert self._people(self.plain) == self._people(self.merging)
            assert not any(key != family for key, family in self._families().items())
        finally:
            self.loop.run_until_complete(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()

    @rule(
        phone=st.sampled_from([*PHONES, None]),
        email=st.sampled_from(EMAILS),
        name=st.sampled_from(NAMES),
        agreed=st.sampled_from(["service", "analytics"]),
    )
    def send(self, phone: str | None, email: str, name: str | None, agreed: str) -> None:
        identifiers = {"phone": phone, "email": email} if phone else {"email": email}
        sent = record(
            subject={"identifiers": identifiers, "attributes": {"full_name": name}},
            consent=consent("service", agreed),
        )
        for one in (self.plain, self.merging):
            self.loop.run_until_complete(one.accept(sent))

    @rule(one=st.integers(0, 9), other=st.integers(0, 9))
    def merge(self, one: int, other: int) -> None:
        known = sorted(self._families())
        if len(known) < 2:
            return
        source, target = known[one % len(known)], known[other % len(known)]
        answer = self._ask("/v1/subjects/merge", source_id=source, target_id=target, reason="one")
        if answer.status_code == 201:
            self.merges.append(answer.json()["merge_id"])

    @rule(which=st.integers(0, 9))
    def split(self, which: int) -> None:
        if self.merges:
            merge_id = self.merges.pop(which % len(self.merges))
            assert self._ask("/v1/subjects/split", merge_id=merge_id, reason="two").status_code == 200

    @invariant()
    def the_families_are_those_of_the_ledger(self) -> None:
        names = Entry._fields
        rows = self._rows(self.merging, sa.select(*(merge_entry.c[name] for name in names)))
        steps = steps_of(Entry(*row) for row in rows)
        families = self._families()
        assert families == {key: root_of(key, steps) for key in families}

    def _ask(self, path: str, **body: Any) -> Any:
        posted = self.merging.client.post(path, json=body, headers=self.merging.as_service())
        return self.loop.run_until_complete(posted)

    def _families(self) -> dict[str, str]:
        rows = self._rows(self.merging, sa.select(subject.c.id, subject.c.family))
        return {key: family or key for key, family in rows}

    def _people(self, ingest: Running) -> list[Any]:
        """Each person by what there is of them, without its id: identifiers are hashed with another key here."""
        records = self._rows(ingest, sa.select(stored.c.subject_id, stored.c.id))
        facets = self._rows(ingest, sa.select(facet.c.subject_id, facet.c.record_id))
        held = self._rows(ingest, sa.select(identifier.c.subject_id, identifier.c.kind))
        known = self._rows(ingest, sa.select(subject.c.id, subject.c.documents, subject.c.own))
        return sorted(
            (
                sorted(one for key, one in records if key == person),
                sorted(one for key, one in facets if key == person),
                sorted(kind for key, kind in held if key == person),
                documents,
                bytes(own or b""),
            )
            for person, documents, own in known
        )

    def _rows(self, ingest: Running, query: sa.Select[Any]) -> list[Any]:
        async def read() -> list[Any]:
            async with ingest.app.state.chassis.database.snapshot() as connection:
                return [tuple(row) for row in await connection.execute(query)]

        return self.loop.run_until_complete(read())


Restored.TestCase.settings = settings(
    max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMergeThenSplitRestoresBoth = Restored.TestCase

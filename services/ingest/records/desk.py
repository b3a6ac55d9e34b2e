"""What people do with held records: release one or many, drop them, choose between versions; and what expires."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from kernel.store.engine import Database, uninterrupted
from services.ingest import moments
from services.ingest.identity.service import forget_facets
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.domain import CONTESTED, DISMISSED, Change, Sought
from services.ingest.quarantine.service import Taken
from services.ingest.records import keeping, repository
from services.ingest.records.domain.receipts import ACCEPTED, Receipt
from services.ingest.records.intake import Intake
from services.ingest.records.waiting import acceptance_of
from services.ingest.records.withdrawing import tell
from services.ingest.vault.service import Place

GROUP = 200
POLL_S = 1.0
EXPIRY_S = 600.0
DAY_US = 86_400 * 1_000_000

_encode = msgspec.json.Encoder().encode
_decode_sought = msgspec.json.Decoder(Sought).decode


class _StaysContested(Exception):
    """The chosen version cannot be stored: what was stored stays, nothing is committed."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.status)
        self.receipt = receipt


@dataclass(slots=True)
class Desk:
    """The operators' side of the quarantine. `run` works off jobs and lets items expire after `days`."""

    database: Database
    intake: Intake
    days: float
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def release(self, item: str, corrected: bytes | None, by: str) -> Receipt:
        """Judge a waiting item again now, or its corrected record in its place.

        The receipt says what became of it: still bad, it waits on (with the record as it was first received).
        Raises NotFound where there is no such item, QuarantineLeft where it has left.
        """
        return await uninterrupted(self._release(item, corrected, by))

    async def _release(self, item: str, corrected: bytes | None, by: str) -> Receipt:
        async with self.database.transaction() as tx:
            taken = await quarantine.take(tx, self.intake.rooms.vault, item)
            acceptance = acceptance_of(self.intake, [taken._replace(clear=corrected) if corrected else taken])
            acceptance.corrects = corrected is not None
            receipt = (await acceptance.run(tx))[0]
            action = "corrected" if corrected else "released"
            new = acceptance.drafts[0].content
            await quarantine.note_changes(
                tx, [Change(item, by, action, receipt.status, taken.content_hash, new)]
            )
        await self.intake.finish(acceptance)
        return receipt

    async def dismiss(self, item: str, by: str, note: str) -> None:
        """Drop a waiting or contested item for good: what was sealed cannot be opened again.

        Raises NotFound where there is no such item, QuarantineLeft where it has left.
        """
        async with self.database.transaction() as tx:
            await quarantine.dismiss(tx, item, by, note)
        await self.intake.rooms.vault.destroy([item])

    async def resolve(self, item: str, keep: str, by: str) -> Receipt | None:
        """End a conflict: `stored` drops the contested version, `incoming` stores it in the other's place.

        The stored version goes only where the incoming one is accepted (its consent is judged now): else the receipt
        says why and the conflict stays. None where the stored one is kept. Raises as `dismiss`.
        """
        return await uninterrupted(
            self._keep_incoming(item, by) if keep == "incoming" else self._keep_stored(item, by)
        )

    async def _keep_stored(self, item: str, by: str) -> None:
        async with self.database.transaction() as tx:
            row = await quarantine.item_in(tx, item, CONTESTED)
            await quarantine.settle(tx, {item: (DISMISSED, row.record_id)})
            await quarantine.note_changes(tx, [Change(item, by, "kept_stored", DISMISSED, row.content_hash)])
        await self.intake.rooms.vault.destroy([item])

    async def _keep_incoming(self, item: str, by: str) -> Receipt:
        try:
            async with self.database.transaction() as tx:
                acceptance, receipt = await self._replace(tx, item, by)
                if receipt.status != ACCEPTED:
                    raise _StaysContested(receipt)
        except _StaysContested as kept:
            return kept.receipt
        await self.intake.finish(acceptance)
        return receipt

    async def _replace(self, tx: AsyncConnection, item: str, by: str) -> tuple[Any, Receipt]:
        taken = await quarantine.take(tx, self.intake.rooms.vault, item, CONTESTED)
        acceptance = acceptance_of(self.intake, [taken])
        draft = acceptance.drafts[0]
        key = (draft.record_id or "", draft.source)
        known = (await repository.stored_of(tx, [key[0]])).get(key)
        before = await keeping.leaving_by_key(tx, [key], sa.false())
        if known is not None:
            draft.supersedes = known.id
            if known.subject_id:  # who it is about stays known by it: the same person is corrected
                await forget_facets(tx, known.subject_id)
            await repository.remove_record(tx, known)
        receipt = (await acceptance.run(tx))[0]
        if known is not None and receipt.subject_id != known.subject_id:
            # it is about somebody else now: `supersedes` does not reach whom it was about
            await tell(tx, before, "corrected")
        old = known.content_hash if known else None
        await quarantine.note_changes(
            tx, [Change(item, by, "kept_incoming", receipt.status, old, taken.content_hash)]
        )
        return acceptance, receipt

    async def versions_of(self, tx: AsyncConnection, rows: Sequence[Any]) -> Mapping[tuple[str, str], bytes]:
        """The stored records that contested items are about, opened, by (id, source)."""
        stored = await repository.stored_of(tx, sorted({row.record_id for row in rows if row.record_id}))
        places, sealed = [], []
        for one in stored.values():
            envelope = await repository.sealed_of(tx, one.id, one.source)
            if envelope is not None:
                places.append(Place(one.subject_id or one.id, one.id, one.source))
                sealed.append(envelope)
        clear = await self.intake.rooms.vault.open_sealed(list(zip(places, sealed, strict=True)))
        return {(place.record_id, place.source): text for place, text in zip(places, clear, strict=True)}

    async def start(self, tx: AsyncConnection, action: str, sought: Sought, note: str | None, by: str) -> str:
        """A job over every item that is sought, as they are now; its id. What comes in later is not touched."""
        key, now = new_id(), moments.now()
        sought = msgspec.structs.replace(sought, until=min(sought.until or now + 1, now + 1))
        row = {
            "id": key, "action": action, "sought": _encode(sought), "note": note, "by": by,
            "state": quarantine.RUNNING, "total": await quarantine.count_of(tx, sought), "done": 0,
            "outcomes": _encode({}), "upto": None, "created_at": now, "finished_at": None,
        }  # fmt: skip
        await quarantine.add_job(tx, row)
        return key

    async def progress(self, tx: AsyncConnection, key: str) -> Any:
        """How far a job is. Raises NotFound."""
        return await quarantine.job_of(tx, key)

    def wake(self) -> None:
        """A job was started."""
        self._news.set()

    async def run(self) -> None:
        """Work off jobs and let items expire, until cancelled."""
        swept = 0.0
        while True:
            now = asyncio.get_running_loop().time()
            if now - swept > EXPIRY_S or not swept:
                swept = now
                while await self.expire():
                    continue
            if not await self.work():
                try:
                    await asyncio.wait_for(self._news.wait(), POLL_S)
                except TimeoutError:
                    continue
                self._news.clear()

    async def expire(self) -> int:
        """Let items go that were held longer than `days`, up to GROUP of them; their keys are destroyed."""
        before = moments.now() - int(self.days * DAY_US)
        async with self.database.transaction() as tx:
            keys = await quarantine.let_expire(tx, before, GROUP)
        if keys:
            await self.intake.rooms.vault.destroy(keys)
        return len(keys)

    async def work(self) -> bool:
        """Do one group of the oldest job; False where there is none. A group and its progress are one transaction."""
        async with self.database.snapshot() as connection:
            if not await quarantine.any_job(connection):
                return False
        try:
            return await uninterrupted(self._work())
        except sa.exc.IntegrityError:  # another transaction stored one of the records: judged again
            return True

    async def _work(self) -> bool:
        acceptance, dropped = None, list[str]()
        async with self.database.transaction() as tx:
            job = await quarantine.take_job(tx)
            if job is None:
                return False
            sought = _decode_sought(job.sought)
            items = await quarantine.take_group(tx, self.intake.rooms.vault, sought, job.upto, GROUP)
            if job.action == "dismiss":
                dropped = [item.id for item in items]
                await quarantine.drop(
                    tx, {item.id: item.content_hash for item in items}, job.by, job.note or ""
                )
                outcomes = Counter({DISMISSED: len(items)})
            else:
                acceptance = acceptance_of(self.intake, items)
                receipts = await acceptance.run(tx) if items else []
                outcomes = Counter(receipt.status for receipt in receipts)
                await quarantine.note_changes(tx, _released(items, receipts, job.by))
            await quarantine.change_job(tx, job.id, _progress(job, items, outcomes))
        if acceptance is not None and items:
            await self.intake.finish(acceptance)
        await self.intake.rooms.vault.destroy(dropped)
        return True


def _released(items: Sequence[Taken], receipts: Sequence[Receipt], by: str) -> list[Change]:
    return [
        Change(item.id, by, "released", receipt.status, item.content_hash, item.content_hash)
        for item, receipt in zip(items, receipts, strict=True)
    ]


def _progress(job: Any, items: Sequence[Taken], outcomes: Counter[str]) -> dict[str, Any]:
    known = Counter(msgspec.json.decode(job.outcomes))
    over = len(items) < GROUP
    return {
        "done": job.done + len(items),
        "outcomes": _encode(dict(known + outcomes)),
        "upto": items[-1].id if items else job.upto,
        "state": quarantine.DONE if over else quarantine.RUNNING,
        "finished_at": moments.now() if over else None,
    }

"""Use cases of erasure: begin one, delete a part of what is held, say what became of it."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.privacy import Destroyed, ErasureConfirmed, Kept
from kernel.contracts.subjects import SubjectErased
from kernel.ids import new_id
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.erasure import repository
from services.ingest.holds.domain import Hold
from services.ingest.holds.service import kept_of
from services.ingest.identity.service import forget_people, indexes_of, mark_erased, origins_of
from services.ingest.quarantine import service as quarantine
from services.ingest.records import keeping
from services.ingest.tables import store
from services.ingest.vault.service import Vault

Forget = Callable[[AsyncConnection, Sequence[str]], Awaitable[dict[str, int]]]
"""Delete what a slice holds of these origins; how many rows, by what they were. Safe to repeat."""

BATCH = 1_000
STORES = {"data keys": "keyring", "hold keys": "keyring"}
"""Where what was destroyed lay, unless in the database."""


async def begin(tx: AsyncConnection, request_id: str, origins: Sequence[str]) -> None:
    """Mark every origin as erased and announce it. Safe to repeat.

    From the commit on nothing is stored of the person, and no event of theirs has an effect; what was stored before
    stands in the outbox before the announcement.
    """
    now = moments.now()
    origins = sorted(set(origins))
    at = moments.moment_of(now)
    if not origins or not await repository.open_erasure(tx, request_id, origins, at):
        return
    await mark_erased(tx, origins, now)
    await repository.remember(tx, origins, at)
    told = SubjectErased(
        id=new_id(),
        version=SubjectErased.VERSION,
        subject=origins[0],
        occurred_at=at,
        recorded_at=at,
        origins=tuple(origins),
        request_id=request_id,
    )
    await publish(tx, store, [told])


async def delete_some(
    tx: AsyncConnection, vault: Vault, origins: Sequence[str], parts: Sequence[Forget]
) -> tuple[dict[str, int], bool]:
    """Delete up to BATCH records of these people, and with the last ones all else; what, and whether that is all.

    What leads to the person goes last, so that every part can still find what is theirs.
    """
    victims = await keeping.victims_of(tx, origins, BATCH)
    counts = await keeping.delete_records(tx, victims) if victims else {}
    finished = len(victims) < BATCH
    indexes = await indexes_of(tx, origins) if finished else []
    counts["quarantined records"] = await quarantine.forget(tx, vault, indexes, [one.id for one in victims])
    if finished:
        for forget in parts:
            counts |= await forget(tx, origins)
        counts["identifiers"] = await forget_people(tx, origins)
    return counts, finished


async def forget_letters(tx: AsyncConnection, origins: Sequence[str]) -> dict[str, int]:
    """Delete events of these people that were put aside."""
    return {"dead letters": await repository.delete_letters(tx, origins)}


async def tell_release(tx: AsyncConnection, hold: Hold, records: int) -> None:
    """A hold ends in `tx`: where its person was erased, what it kept is destroyed only now, and confirmed as such."""
    request_id = await repository.confirmed_request(tx, hold.subject_id)
    if request_id is None:
        return
    kept = [
        (one, count)
        for one, count in await kept_of(tx, await origins_of(tx, hold.subject_id))
        if one.id != hold.id
    ]
    destroyed = {"held records": records, "hold keys": 1}
    await publish(tx, store, [confirmation(request_id, destroyed, kept, moments.now())])


def confirmation(
    request_id: str, destroyed: dict[str, int], kept: Sequence[tuple[Hold, int]], now: int
) -> ErasureConfirmed:
    """The event that says what was destroyed, and what a hold keeps."""
    at = moments.moment_of(now)
    return ErasureConfirmed(
        id=new_id(),
        version=ErasureConfirmed.VERSION,
        subject=None,
        occurred_at=at,
        recorded_at=at,
        request_id=request_id,
        service="ingest",
        destroyed=tuple(
            Destroyed(STORES.get(what, "database"), what, count, at) for what, count in destroyed.items()
        ),
        kept=tuple(
            Kept(" ".join(hold.kinds), records, hold.legal_basis, moments.moment_of(hold.until))
            for hold, records in kept
        ),
    )

"""What ingest shows a person of their own data: the records as they were sent, those that wait included."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.engine import Database
from kernel.store.holdings import Rows
from services.ingest import moments
from services.ingest.identity.service import indexes_of
from services.ingest.quarantine import service as quarantine
from services.ingest.records import repository
from services.ingest.vault.service import Place, Vault


async def show_records(database: Database, vault: Vault, origins: Sequence[str]) -> dict[str, Rows]:
    """Every record of these origins, and every one in quarantine that names them, opened.

    Raises KeyGone where they are erased meanwhile: then there is nothing to show.
    """
    async with database.snapshot() as connection:
        stored = await repository.records_about(connection, origins)
        places = [Place(row.subject_id or row.id, row.id, row.source) for row in stored]
        clear = await vault.open_sealed(list(zip(places, (row.sealed for row in stored), strict=True)))
        waiting = await _waiting(connection, vault, origins)
    records = [
        {
            "id": row.id,
            "source": row.source,
            "kind": row.kind,
            "occurred_at": moments.moment_of(row.occurred_at).isoformat(),
            "received_at": moments.moment_of(row.received_at).isoformat(),
            "record": _own(row.kind, text),
        }
        for row, text in zip(stored, clear, strict=True)
    ]
    return {"records": records, "records waiting": waiting}


def _own(kind: str, clear: bytes) -> msgspec.Raw:
    """A record as it was sent, without what it tells of somebody else: whom the person referred."""
    if kind != "referral":
        return msgspec.Raw(clear)
    told = msgspec.json.decode(clear)
    told.get("payload", {}).pop("referred_identifiers", None)
    return msgspec.Raw(msgspec.json.encode(told))


async def _waiting(connection: AsyncConnection, vault: Vault, origins: Sequence[str]) -> list[dict[str, Any]]:
    indexes = await indexes_of(connection, origins)
    held = await quarantine.held_by_indexes(connection, vault, indexes)
    return [
        {
            "id": row.id,
            "source": row.source,
            "received_at": moments.moment_of(row.received_at).isoformat(),
            "record": clear.decode(errors="replace"),
        }
        for row, clear in held
    ]

"""Use cases of the register: keep it, and tell what binds a client."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.register import repository
from gateway.register.domain import HOME, Contract, check_entry
from kernel.errors import FieldError, InvalidInput


async def contract_of(tx: AsyncConnection, client_id: str) -> Contract:
    """What binds a client; one that is not known any more may read nothing.

    A client without an entry is taken to be in the country. One whose entry has ended may take nothing anywhere.
    """
    row = await repository.contract_row(tx, client_id)
    if row is None:
        return Contract(frozenset(), frozenset())
    fields = frozenset(row.fields) if row.fields is not None else None
    if row.key is None:
        return Contract(fields, frozenset({client_id}))
    ended = row.ended_at is not None
    covered = frozenset(row.purposes) if row.assessed_at is not None and not ended else frozenset[str]()
    return Contract(fields, frozenset({client_id, row.key}), ended or row.country != HOME, covered)


async def keep_entry(tx: AsyncConnection, key: str, told: dict[str, Any], by: str) -> tuple[Any, bool]:
    """Write an entry, and whether it is new.

    Raises InvalidInput for an unknown client, purpose or class of data, or a transfer that rests on nothing.
    """
    check_entry(
        told["country"],
        told["purposes"],
        told["data"],
        assessed=told["assessed_at"] is not None,
        basis=told["basis"],
    )
    client_id = told["client_id"]
    if client_id is not None and not await repository.client_exists(tx, client_id):
        raise InvalidInput(errors=[FieldError("/client_id", "There is no such client.")])
    made = await repository.save(tx, {"key": key, **told, "changed_by": by, "changed_at": datetime.now(UTC)})
    return await repository.find(tx, key), made

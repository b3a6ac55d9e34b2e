"""Use cases of campaigns."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput, NotFound
from kernel.ids import new_id
from services.ingest import moments
from services.ingest.campaigns import repository
from services.ingest.campaigns.domain import Response, Tally, key_of
from services.ingest.errors import CampaignExists

NOTHING = "There is no such campaign."
_SAME = ("name", "medium", "creative", "starts_on", "ends_on")


class Spent(NamedTuple):
    """A spend entry."""

    spent_on: date
    amount: int
    note: str | None = None


class Told(NamedTuple):
    """A campaign with what came of it."""

    row: Any
    spend: Sequence[Any]
    tally: Tally


async def create_campaign(
    tx: AsyncConnection, asked: Mapping[str, Any], spend: Sequence[Spent], client: str
) -> Told:
    """A new campaign; the same again answers with the first, its spend not added twice.

    Raises InvalidInput where no key can be made of its name, CampaignExists where another has its key.
    """
    key = asked["key"] or key_of(asked["name"])
    if not key:
        raise InvalidInput("The name makes no key.", errors=[FieldError("/key", "Give one.")])
    row = {**asked, "key": key, "id": new_id(), "created_by": client, "created_at": moments.now()}
    if await repository.add_campaign(tx, row):
        await add_spend(tx, row["id"], spend, client)
    known = await repository.campaign_by_key(tx, key)
    if any(getattr(known, name) != asked[name] for name in _SAME):
        raise CampaignExists(f"The campaign {key} is registered with other settings.")
    return await tell(tx, known)


async def add_spend(tx: AsyncConnection, key: str, spend: Sequence[Spent], client: str) -> None:
    """Add what was spent."""
    now = moments.now()
    await repository.add_spend(
        tx,
        [
            {"id": new_id(), "campaign_id": key, **one._asdict(), "created_by": client, "created_at": now}
            for one in spend
        ],
    )


async def find_campaign(tx: AsyncConnection, key: str) -> Told:
    """A campaign by its id. Raises NotFound."""
    row = await repository.campaign_by_id(tx, key)
    if row is None:
        raise NotFound(NOTHING)
    return await tell(tx, row)


async def list_campaigns(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> list[Told]:
    """Campaigns with what came of them, newest first; up to `limit` of them."""
    return [await tell(tx, row) for row in await repository.page_of_campaigns(tx, after, limit)]


async def tell(tx: AsyncConnection, row: Any) -> Told:
    """A campaign with what came of it until now."""
    return Told(row, await repository.spend_of(tx, row.id), await repository.tally_of(tx, row.id, row.key))


async def note_responses(tx: AsyncConnection, responses: Sequence[Response]) -> None:
    """Keep which of the records just stored answer campaigns, known or not yet."""
    await repository.add_responses(tx, responses)


async def note_verified(tx: AsyncConnection, subjects: Mapping[str, int]) -> None:
    """Keep who proved to hold their phone, and when (µs)."""
    await repository.note_verified(tx, subjects)


async def forget_origins(tx: AsyncConnection, origins: Sequence[str]) -> dict[str, int]:
    """Erasure: that they proved it is forgotten; what they answered goes with their records. Safe to repeat."""
    return {"proofs of a phone": await repository.forget_verified(tx, origins)}


HOLDINGS = repository.HOLDINGS

"""Use cases of connectors: register, list, close, and take what they bring. None of them commits."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import FieldError, InvalidInput, NotFound
from kernel.ids import new_id
from services.social.connectors import repository
from services.social.connectors.domain.items import Gone
from services.social.connectors.domain.needs import is_read, mistakes
from services.social.connectors.domain.terms import Kind, retention_of
from services.social.connectors.sealing import seal, unseal
from services.social.connectors.tables import connector
from services.social.mentions import service as mentions
from services.social.mentions.domain.incoming import Refused, Taken
from services.social.mentions.domain.pseudonyms import author_of, mention_id_of

NOTHING = "There is no such connector."
DAY_MS = 86_400_000
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Source(NamedTuple):
    """An open connector with its secrets."""

    id: str
    kind: Kind
    options: Mapping[str, str]
    secrets: Mapping[str, str]
    retention_days: int | None
    state: Mapping[str, str]


class Outline(NamedTuple):
    """What a connector is made of."""

    kind: Kind
    name: str
    options: Mapping[str, str]
    secrets: Mapping[str, str]
    retention_days: int | None


class Brought(NamedTuple):
    """What a source brought, and the blind indexes of its authors that were not known."""

    judged: Sequence[Taken | Refused]
    met: Mapping[str, str]


async def register(tx: AsyncConnection, key: bytes, made: Outline, now_ms: int) -> tuple[str, str | None]:
    """A new connector: its id, and the secret where one was made here. Raises InvalidInput."""
    wrong = [FieldError(pointer, text) for pointer, text in mistakes(made.kind, made.options, made.secrets)]
    if wrong:
        raise InvalidInput("The connector cannot listen like this.", errors=wrong)
    fresh = new_secret() if made.kind == "webhook" and "secret" not in made.secrets else None
    secrets = {**made.secrets, **({"secret": fresh} if fresh else {})}
    connector_id = new_id()
    row = {
        "connector_id": connector_id,
        "kind": made.kind,
        "name": made.name,
        "options": _json(made.options),
        "sealed": seal(key, connector_id, secrets),
        "retention_days": retention_of(made.kind, made.retention_days),
        "next_ms": now_ms if is_read(made.kind, secrets) else None,
        "created_ms": now_ms,
        **{"enabled": True, "state": "{}", "failures": 0, "taken": 0},
    }
    await repository.insert_connector(tx, row)
    return connector_id, fresh


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return "whsec_" + b64encode(randomness.token_bytes(24)).decode()


def opened(key: bytes, row: sa.Row[Any]) -> Source:
    """A row with its secrets."""
    secrets = unseal(key, row.connector_id, row.sealed)
    return Source(
        row.connector_id, row.kind, _decode(row.options), secrets, row.retention_days, _decode(row.state)
    )


async def open_source(tx: AsyncConnection, key: bytes, connector_id: str) -> Source:
    """An open connector. Raises NotFound."""
    row = await repository.select_connector(tx, connector_id)
    if row is None:
        raise NotFound(NOTHING)
    return opened(key, row)


async def list_connectors(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Up to `limit` + 1 connectors after an id."""
    return await repository.select_page(tx, after, limit + 1)


async def close_connector(tx: AsyncConnection, connector_id: str) -> None:
    """Nothing more comes in by it, and its secrets are gone; what it brought stays. Raises NotFound."""
    if not await repository.change_connector(tx, connector_id, enabled=False, next_ms=None, sealed=b""):
        raise NotFound(NOTHING)


async def read_now(tx: AsyncConnection, connector_id: str, now_ms: int) -> None:
    """Let a source be read at once. Raises NotFound; InvalidInput where it only sends."""
    row = await repository.select_connector(tx, connector_id)
    if row is None:
        raise NotFound(NOTHING)
    if row.next_ms is None:
        raise InvalidInput("This source sends by itself; there is nothing to read.")
    await repository.change_connector(tx, connector_id, next_ms=now_ms)


async def take(
    tx: AsyncConnection, source: Source, brought_in: Brought, now_ms: int, **health: Any
) -> dict[str, int]:
    """Store what a source brought; how many by what became of them. `health` changes the connector's row with it."""
    judged = brought_in.judged
    receipts = await mentions.accept_mentions(tx, judged, now_ms, brought_in.met)
    brought = [item.mention_id for item in judged if isinstance(item, Taken)]
    expires = now_ms + source.retention_days * DAY_MS if source.retention_days is not None else None
    await mentions.note_origins(tx, brought, source.id, expires)
    became: dict[str, int] = {}
    for receipt in receipts:
        became[receipt.status] = became.get(receipt.status, 0) + 1
    fresh = became.get("accepted", 0) + became.get("edited", 0)
    counted = connector.c.taken + fresh
    await repository.change_connector(
        tx, source.id, heard_ms=now_ms, taken=counted, failures=0, trouble=None, **health
    )
    return became


async def take_back(tx: AsyncConnection, secret: bytes, gone: Sequence[Gone], now_ms: int) -> int:
    """Delete what its platform removed; how many there were."""
    ids = [mention_id_of(secret, one.platform, one.native_id) for one in gone]
    return await mentions.remove_mentions(tx, ids, now_ms) if ids else 0


async def forget_author(
    tx: AsyncConnection, secret: bytes, platforms: Sequence[str], handle: str, now_ms: int
) -> int:
    """Delete all that somebody wrote on some platforms; how many mentions there were."""
    authors = [author_of(secret, platform, handle) for platform in platforms]
    return await mentions.remove_of_authors(tx, authors, now_ms)


async def end(tx: AsyncConnection, source: Source) -> None:
    """The source withdrew its permission: nothing more is taken or read."""
    await repository.change_connector(tx, source.id, trouble="access-withdrawn")
    await repository.change_connector(tx, source.id, enabled=False, next_ms=None, sealed=b"")


def _json(value: Mapping[str, str]) -> str:
    return msgspec.json.encode(dict(value)).decode()

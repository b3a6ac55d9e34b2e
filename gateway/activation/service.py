"""Use cases of webhooks: register, tell, try, send again."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.activation import repository
from gateway.activation.domain.kinds import KINDS, Told, message, sample
from gateway.activation.domain.signing import new_webhook_secret
from gateway.activation.domain.trying import MOST_WAITING
from kernel.errors import Conflict, FieldError, InvalidInput, NotFound, ScopeMissing
from kernel.ids import new_id
from kernel.web.internal import Caller
from kernel.web.outward import AddressRefused, Outward

NO_WEBHOOK = "There is no such webhook."
NO_MESSAGE = "There is no such message."
OVERLAP = timedelta(hours=24)
"""How long messages are signed with the secret before as well."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What webhooks need: `key` seals their secrets."""

    outward: Outward
    key: bytes = field(repr=False)

    def seal(self, webhook_id: str, secret: str) -> bytes:
        """A secret, to be opened for that destination only."""
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self.key).encrypt(nonce, secret.encode(), webhook_id.encode())

    def opened(self, webhook_id: str, sealed: bytes) -> str:
        """The secret behind."""
        return AESGCM(self.key).decrypt(sealed[:12], sealed[12:], webhook_id.encode()).decode()


async def make_webhook(
    tx: AsyncConnection, desk: Desk, caller: Caller, url: str, kinds: Sequence[str]
) -> tuple[str, str]:
    """A new destination of the caller's: its id and its secret. Raises InvalidInput, ScopeMissing."""
    mind_kinds(caller, kinds)
    mind_url(desk, url)
    webhook_id, secret, now = new_id(), new_webhook_secret(), datetime.now(UTC)
    values = {
        "id": webhook_id,
        "client_id": caller.client_id,
        "url": url,
        "kinds": sorted(set(kinds)),
        "secret": desk.seal(webhook_id, secret),
        "state": "open",
        "failures": 0,
        "dropped": 0,
        "next_at": now,
        "created_at": now,
    }
    await repository.insert_webhook(tx, values)
    return webhook_id, secret


def mind_kinds(caller: Caller, kinds: Sequence[str]) -> None:
    """Raises InvalidInput for a kind that there is not, ScopeMissing for one whose scope the caller lacks."""
    errors = [
        FieldError(f"/types/{at}", "There is no such type.")
        for at, kind in enumerate(kinds)
        if kind not in KINDS
    ]
    if errors:
        raise InvalidInput(errors=errors)
    for kind in kinds:
        scope = KINDS[kind][0]
        if scope is not None and scope not in caller.scopes:
            raise ScopeMissing(f"To be told of {kind} takes the scope {scope}.")


def mind_url(desk: Desk, url: str) -> None:
    """Raises InvalidInput where nothing can be sent to that address."""
    try:
        desk.outward.mind(url)
    except AddressRefused as error:
        errors = [FieldError("/url", "An https address on the public internet, without user name.")]
        raise InvalidInput(errors=errors) from error


async def owned(tx: AsyncConnection, caller: Caller, webhook_id: str) -> repository.Row:
    """The caller's destination. Raises NotFound, for another client's too."""
    row = await repository.find_webhook(tx, webhook_id)
    if row is None or row.client_id != caller.client_id or row.state == "closed":
        raise NotFound(NO_WEBHOOK)
    return row


async def rotate_secret(tx: AsyncConnection, desk: Desk, row: repository.Row) -> tuple[str, datetime]:
    """A new secret; messages are signed with the one before as well, until the time that is returned."""
    secret, until = new_webhook_secret(), datetime.now(UTC) + OVERLAP
    changed = {"secret": desk.seal(row.id, secret), "former_secret": row.secret, "former_until": until}
    await repository.change_webhook(tx, row.id, changed)
    return secret, until


async def enqueue(tx: AsyncConnection, row: repository.Row, told: Sequence[Told]) -> list[str]:
    """Put messages down for a destination, each once; their ids. What its bounded queue has no room for is dropped,
    and counted."""
    known = await repository.known_keys(tx, row.id, [one.key for one in told])
    fresh = [one for key, one in {one.key: one for one in told}.items() if key not in known]
    room = max(0, MOST_WAITING - await repository.count_waiting(tx, row.id)) if fresh else 0
    now = datetime.now(UTC)
    rows = [_row(row.id, one, now) for one in fresh[:room]]
    await repository.insert_messages(tx, rows)
    if len(fresh) > room:
        lost = {"dropped": row.dropped + len(fresh) - room, "trouble": "queue-full"}
        await repository.change_webhook(tx, row.id, lost)
    return [one["id"] for one in rows]


def _row(webhook_id: str, told: Told, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "webhook_id": webhook_id,
        "key": told.key,
        "kind": told.kind,
        "subject": told.subject,
        "body": message(told.kind, told.data, now),
        "state": "waiting",
        "tries": 0,
        "next_at": now,
        "created_at": now,
    }


async def test(tx: AsyncConnection, row: repository.Row, kind: str) -> str:
    """Send an invented message; its id. Raises InvalidInput, Conflict (disabled, or its queue is full)."""
    if kind not in KINDS:
        raise InvalidInput(errors=[FieldError("/type", "There is no such type.")])
    if row.state != "open":
        raise Conflict("The webhook is disabled: open it first.")
    made = await enqueue(tx, row, [Told(kind, new_id(), sample(kind))])
    if not made:
        raise Conflict("The webhook's queue is full.")
    return made[0]


async def replay(tx: AsyncConnection, row: repository.Row, since: datetime, states: Sequence[str]) -> int:
    """Send what came since once more; how many messages."""
    return await repository.send_again(tx, row.id, since, states, datetime.now(UTC))


async def replay_one(tx: AsyncConnection, row: repository.Row, message_id: str) -> repository.Row:
    """Send one message once more. Raises NotFound."""
    now = datetime.now(UTC)
    anew: Mapping[str, Any] = {"state": "waiting", "tries": 0, "next_at": now, "ended_at": None}
    if await repository.find_message(tx, row.id, message_id) is None:
        raise NotFound(NO_MESSAGE)
    await repository.change_message(tx, message_id, anew)
    found = await repository.find_message(tx, row.id, message_id)
    if found is None:
        raise NotFound(NO_MESSAGE)
    return found

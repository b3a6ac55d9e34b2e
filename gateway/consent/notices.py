"""Notices: what people were told, what of it binds whoever reads, and publishing a new version."""

import asyncio
import time
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository
from gateway.consent.domain import DAY, PURPOSES, NoticeKey, check_purposes, text_hash
from gateway.tables import store
from kernel.contracts.consents import NoticePublished
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent

FIRST_NOTICE = "core"
FRESH_S = 1.0
"""How long a replica may take to hear that another one published a notice which asks anew."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a version of a notice binds us to."""

    purposes: frozenset[str]
    recipients: frozenset[str] | None
    """Partners that may be told, as the register or the clients know them; None: any that has a contract."""
    lasts: int | None
    """How long consent under it lasts (µs); None: until it is withdrawn."""


@dataclass(slots=True)
class Notices:
    """What published notices promise. A version never changes, but a later one may ask everybody anew."""

    _known: Mapping[NoticeKey, Promise] = field(default_factory=dict)
    _oldest: Mapping[str, int] = field(default_factory=dict)
    """By key: the newest version that asks anew. Consent to earlier ones is over."""
    _read_at: float = 0.0

    async def fresh(self, tx: AsyncConnection, wanted: Set[NoticeKey] = frozenset()) -> None:
        """Read them again where that was longer ago than FRESH_S, or one of `wanted` is not known yet."""
        now = time.monotonic()
        if wanted <= self._known.keys() and now - self._read_at < FRESH_S and self._known:
            return
        rows = await repository.every_notice(tx)
        self._oldest = {row.key: row.version for row in sorted(rows, key=_version) if row.renews}
        self._known = {
            (row.key, row.version): Promise(
                frozenset(row.purposes),
                frozenset(row.recipients) if row.recipients is not None else None,
                row.valid_days * DAY if row.valid_days else None,
            )
            for row in rows
        }
        self._read_at = now

    def forget(self) -> None:
        """Read them again at the next question: a version was published here."""
        self._known = {}

    def of(self, key: NoticeKey) -> Promise | None:
        """The promise of a version, where consent to it still counts."""
        return self._known.get(key) if key[1] >= self._oldest.get(key[0], 0) else None

    def purposes_of(self, key: NoticeKey) -> frozenset[str]:
        """What a consent under that version may be for; nothing where it is unknown or replaced."""
        promise = self.of(key)
        return promise.purposes if promise else frozenset()

    def expiry(self, key: NoticeKey, captured_at: int) -> int | None:
        """When a consent of that moment runs out (µs)."""
        promise = self.of(key)
        return captured_at + promise.lasts if promise and promise.lasts else None


def _version(row: Any) -> int:
    return int(row.version)


def refresher(database: Database, notices: Notices) -> Callable[[], Awaitable[None]]:
    """A job that reads notices again each second, so that no request waits for it."""

    async def keep() -> None:
        while True:
            async with database.snapshot() as connection:
                await notices.fresh(connection)
            await asyncio.sleep(FRESH_S)

    return keep


async def newest_notice(tx: AsyncConnection, key: str) -> Any:
    """The newest version of a notice: key, version, purposes, text. Raises NotFound where there is none."""
    row = await repository.find_notice(tx, key, await repository.newest_version(tx, key))
    if row is None:
        raise NotFound("There is no such notice.")
    return row


async def publish_notice(
    tx: AsyncConnection,
    key: str,
    purposes: Sequence[str],
    text: Mapping[str, str],
    by: str,
    *,
    controller: Mapping[str, str] | None = None,
    recipients: Sequence[str] | None = None,
    valid_days: int | None = None,
    renews: bool = False,
) -> dict[str, Any]:
    """A new immutable version of the notice `key`; one that `renews` ends what was agreed to under earlier ones.

    Raises InvalidInput for an unknown purpose, IntegrityError where two publish at the same moment.
    """
    check_purposes(purposes)
    now = datetime.now(UTC)
    version = await repository.newest_version(tx, key) + 1
    bound = {"controller": controller, "recipients": recipients, "valid_days": valid_days}
    row = {
        "key": key,
        "version": version,
        "purposes": list(purposes),
        "text": dict(text),
        "sha256": text_hash(text, **bound),
        "created_by": by,
        "created_at": now,
        "controller": dict(controller) if controller else None,
        "recipients": list(recipients) if recipients is not None else None,
        "valid_days": valid_days,
        "renews": renews and version > 1,
        "settled": not (renews and version > 1),
    }
    await repository.add_notice(tx, row)
    await publish(tx, store, [_published(row, now)])
    return row


def _published(row: Mapping[str, Any], now: datetime) -> NoticePublished:
    return NoticePublished(
        id=new_id(),
        version=NoticePublished.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        notice=row["key"],
        notice_version=row["version"],
        purposes=tuple(row["purposes"]),
        sha256=row["sha256"],
    )


async def publish_first_notice(tx: AsyncConnection) -> None:
    """The notice of the first start, with every purpose; nothing where there is one already."""
    if await repository.newest_version(tx, FIRST_NOTICE):
        return
    texts = tomllib.loads((Path(__file__).parent / "notices.toml").read_text("utf-8"))
    text = {language: words.strip() for language, words in texts[FIRST_NOTICE].items()}
    await publish_notice(tx, FIRST_NOTICE, PURPOSES, text, "first start")

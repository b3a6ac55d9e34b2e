"""A trail that was begun when there was one chain goes on as the first of several, and still proves itself."""

import hmac
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from gateway.audit.domain import GENESIS, Entry
from gateway.audit.service import record, verify_trail
from gateway.tables import metadata
from kernel.ids import new_id
from kernel.signing import SigningKeys
from kernel.store import migrate as module
from kernel.store.engine import Database
from kernel.store.migrate import migrate, migrations_folder
from tests.running import differences

KEY = b"k" * 32
START = datetime(2026, 11, 1, tzinfo=UTC)


async def write_as_before(database: Database, count: int) -> None:
    """Entries as the first schema held them, hashed by the rule of then."""
    before = GENESIS
    async with database.transaction() as tx:
        for sequence in range(1, count + 1):
            at, id_ = START + timedelta(seconds=sequence), new_id()
            told = ["client", "read", "allow", "test", "somebody", "service", ["phone"], None]
            moment = at.isoformat(timespec="microseconds")
            content = msgspec.json.encode([sequence, id_, moment, *told])
            before = hmac.digest(KEY, before + content, "sha256")
            await tx.execute(
                sa.text(
                    "INSERT INTO audit_entry (sequence, id, at, client_id, action, decision, reason, subject, purpose,"
                    " fields, decision_id, hash) VALUES (:sequence, :id, :at, 'client', 'read', 'allow', 'test',"
                    " 'somebody', 'service', '[\"phone\"]', NULL, :hash)"
                ),
                {"sequence": sequence, "id": id_, "at": f"{at:%Y-%m-%d %H:%M:%S.%f}", "hash": before},
            )
        await tx.execute(
            sa.text("UPDATE audit_head SET sequence = :sequence, hash = :hash"),
            {"sequence": count, "hash": before},
        )


async def test_what_was_written_before_still_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = tmp_path / "migrations"
    shutil.copytree(migrations_folder("gateway"), earlier)
    for later in (path for path in earlier.glob("[0-9]*.py") if path.name >= "0005"):
        later.unlink()
    database = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations_folder", lambda _service: earlier)
        await migrate(database, "gateway", metadata)
    await write_as_before(database, 5)
    await migrate(database, "gateway", metadata)
    async with database.snapshot() as connection:
        assert await connection.run_sync(differences, metadata) == []
    async with database.transaction() as tx:
        await record(tx, KEY, [Entry("client", "read", "allow", "now", context={"kind": "operator"})])
    keys = SigningKeys.open(tmp_path)
    assert (await verify_trail(database, KEY, keys))[:3] == (True, 6, None)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE audit_entry SET purpose = 'marketing' WHERE sequence = 2"))
    found = await verify_trail(database, KEY, keys)
    assert (found.ok, found.entries) == (False, 1)
    await database.close()

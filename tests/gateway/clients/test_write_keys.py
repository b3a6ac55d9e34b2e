"""Write keys that clients were given before write keys had a table of their own stay good."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.clients.tables import client, write_key
from gateway.tables import metadata
from kernel.ids import new_id
from kernel.store import migrate as module
from kernel.store.engine import Database
from kernel.store.migrate import migrate, migrations_folder
from tests.running import differences


async def test_keys_given_before_stay_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier, key = tmp_path / "migrations", new_id()
    shutil.copytree(migrations_folder("gateway"), earlier)
    for later in (path for path in earlier.glob("[0-9]*.py") if path.name > "0004"):
        later.unlink()
    database = Database(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations_folder", lambda _service: earlier)
        await migrate(database, "gateway", metadata)
    given = {
        "id": key, "name": "Web shop", "kind": "collector", "scopes": '["collect:write"]', "purposes": "[]",
        "secret": b"s", "hash": b"h", "source": "shop", "at": "2026-01-02 03:04:05.000000",
    }  # fmt: skip
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO client (id, name, kind, scopes, purposes, secret_hash, write_key_hash, source, created_by,"
                " created_at) VALUES (:id, :name, :kind, :scopes, :purposes, :secret, :hash, :source, 'setup', :at)"
            ),
            given,
        )
    await migrate(database, "gateway", metadata)
    async with database.snapshot() as connection:
        row = (await connection.execute(sa.select(write_key))).one()
        assert await connection.scalar(sa.select(client.c.name)) == "Web shop"
        assert await connection.run_sync(differences, metadata) == []
    assert (row.client_id, row.source, row.key_hash, row.revoked_at) == (key, "shop", b"h", None)
    await database.close()

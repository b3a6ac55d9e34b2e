"""Rotation: new keys at once, old ones in the background, nothing lost by a crash, nothing retired that is used."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.engines import create_databases, database_url, drop_databases
from kernel.ids import new_id
from kernel.store.engine import Database
from services.ingest.vault import rotation as rotation_module
from services.ingest.vault.domain import Place
from services.ingest.vault.providers import KeyProvider, NoNewKey, ProviderFailed
from services.ingest.vault.providers.listed import EnvironmentKeys, FileKeys
from services.ingest.vault.ring import Keyring
from services.ingest.vault.rotation import Rotation
from services.ingest.vault.service import Vault
from services.ingest.vault.tables import data_key, kek_version
from tests.running import until
from tests.services.ingest.harness import Running, record


@pytest.fixture(params=["sqlite", "postgresql"])
def keyring_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database for a keyring, of both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'keyring.db'}"
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"keyring_{new_id().replace('-', '')}"
    create_databases(server, [name])
    yield database_url(server, name)
    drop_databases(server, [name])


pytestmark = pytest.mark.engines


@pytest.fixture
async def vault(keyring_url: str, tmp_path: Path) -> AsyncIterator[Vault]:
    """A vault with its keys in a file."""
    made = vault_at(keyring_url, FileKeys(tmp_path))
    yield made
    await made.keyring.close()


def vault_at(url: str, provider: KeyProvider) -> Vault:
    return Vault(Keyring(Database(url), provider), 10_000)


async def finish(vault: Vault) -> None:
    rotation = Rotation(vault.ring, 20.0)
    while await rotation.step():
        pass


async def wrappings(vault: Vault) -> dict[int, int]:
    """Data keys by the version that wraps them."""
    query = sa.select(data_key.c.kek_version, sa.func.count()).group_by(data_key.c.kek_version)
    async with vault.ring.snapshot() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def test_every_key_is_wrapped_anew_and_none_changes(
    vault: Vault, keyring_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation_module, "BATCH", 3)
    owners = [new_id() for _ in range(10)]
    keys = await vault.keys_for(owners)
    rotation = Rotation(vault.ring, 20.0)
    state = await rotation.begin()
    assert (state.current.version, state.current.total, state.current.finished_at) == (2, 10, None)
    await finish(vault)
    state = await rotation.state()
    assert (state.current.moved, state.versions[0].retired_at is not None) == (10, True)
    assert await wrappings(vault) == {2: 10}
    fresh = vault_at(keyring_url, FileKeys(tmp_path))
    assert await fresh.keys_for(owners) == keys
    await fresh.keyring.close()


async def test_while_a_rotation_runs_another_is_not_begun(vault: Vault) -> None:
    await vault.keys_for([new_id()])
    rotation = Rotation(vault.ring, 20.0)
    first, again = await asyncio.gather(rotation.begin(), rotation.begin())
    assert first.current.version == again.current.version == 2
    assert (await rotation.begin()).current.version == 2
    await finish(vault)
    assert (await rotation.begin()).current.version == 3


async def test_other_processes_wrap_by_the_new_version_at_once_and_open_both(
    vault: Vault, keyring_url: str, tmp_path: Path
) -> None:
    other = vault_at(keyring_url, FileKeys(tmp_path))
    old, new = new_id(), new_id()
    key = (await other.keys_for([old]))[old]
    await Rotation(vault.ring, 20.0).begin()
    await other.keys_for([new], fresh=[new])
    assert await wrappings(vault) == {1: 1, 2: 1}
    await finish(other)
    other.forget([old])
    assert (await other.keys_for([old]))[old] == key
    await other.keyring.close()


async def test_keys_made_in_the_middle_of_a_switch_are_never_lost(
    vault: Vault, keyring_url: str, tmp_path: Path
) -> None:
    """Four processes make keys while one rotates three times; every key that was given out opens afterwards."""
    others = [vault_at(keyring_url, FileKeys(tmp_path)) for _ in range(1 if "sqlite" in keyring_url else 4)]
    made: dict[str, bytes] = {}

    async def make(one: Vault) -> None:
        for _ in range(40):
            owners = [new_id() for _ in range(5)]
            made.update(await one.keys_for(owners, fresh=owners))

    async def rotate() -> None:
        for _ in range(3):
            await Rotation(vault.ring, 20.0).begin()
            await finish(vault)

    await asyncio.gather(rotate(), *map(make, others if len(others) > 1 else [vault]))
    await Rotation(vault.ring, 0).begin()
    await finish(vault)
    assert set(await wrappings(vault)) == {5}
    reader = vault_at(keyring_url, FileKeys(tmp_path))
    assert await reader.ring.load(list(made)) == made
    for one in (*others, reader):
        await one.keyring.close()


async def test_a_retired_key_is_destroyed_after_its_time_only(vault: Vault, tmp_path: Path) -> None:
    await vault.keys_for([new_id()])
    rotation = Rotation(vault.ring, 1.0)
    await rotation.begin()
    await finish(vault)
    await rotation.forget_retired()
    assert set(await FileKeys(tmp_path).fetch({1: b"", 2: b""})) == {1, 2}
    rotation.keep_days = 0
    await asyncio.sleep(0.01)
    await rotation.forget_retired()
    assert set(await FileKeys(tmp_path).fetch({1: b"", 2: b""})) == {2}
    assert (await rotation.state()).versions[0].forgotten_at is not None
    assert len(await vault.keys_for([new_id()])) == 1


async def test_a_missing_key_encryption_key_is_an_outage_and_never_a_new_key(
    vault: Vault, keyring_url: str, tmp_path: Path
) -> None:
    owner = new_id()
    await vault.keys_for([owner])
    (tmp_path / "kek.json").write_text('{"current": 7, "keys": {"7": "' + "ab" * 32 + '"}}')
    other = vault_at(keyring_url, FileKeys(tmp_path))
    with pytest.raises(ProviderFailed):
        await other.keys_for([owner])
    assert "version 1" in await other.ring.trouble()
    await other.keyring.close()


async def test_keys_in_the_environment_are_put_there_by_a_person_first(keyring_url: str) -> None:
    document = '{"current": 1, "keys": {"1": "' + "11" * 32 + '"EXTRA}}'
    first = vault_at(keyring_url, EnvironmentKeys(document.replace("EXTRA", "")))
    await first.keys_for([new_id()])
    with pytest.raises(NoNewKey):
        await Rotation(first.ring, 20.0).begin()
    assert (await Rotation(first.ring, 20.0).state()).current.version == 1
    second = vault_at(keyring_url, EnvironmentKeys(document.replace("EXTRA", ', "2": "' + "22" * 32 + '"')))
    await Rotation(second.ring, 20.0).begin()
    await finish(second)
    assert await wrappings(second) == {2: 1}
    for one in (first, second):
        await one.keyring.close()


async def test_a_crash_between_the_provider_and_the_keyring_is_made_good(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = new_id()
    key = (await vault.keys_for([owner]))[owner]
    rotation = Rotation(vault.ring, 20.0)

    async def crash(*_: object) -> None:
        raise MemoryError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.vault.repository.add_version", crash)
        with pytest.raises(MemoryError):
            await rotation.begin()
    left = await FileKeys(tmp_path).fetch({2: b""})
    assert (await rotation.state()).current.version == 1
    await rotation.begin()
    assert await FileKeys(tmp_path).fetch({2: b""}) == left
    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.vault.repository.rewrap", crash)
        with pytest.raises(MemoryError):
            await rotation.step()
    await finish(vault)
    vault.forget([owner])
    assert await vault.keys_for([owner]) == {owner: key}


KILLED = """
import asyncio, sys
from pathlib import Path
from kernel.store.engine import Database
from services.ingest.vault import rotation
from services.ingest.vault.providers.listed import FileKeys
from services.ingest.vault.ring import Keyring

async def main():
    rotation.BATCH = 5
    one = rotation.Rotation(Keyring(Database(sys.argv[1]), FileKeys(Path(sys.argv[2]))), 20.0)
    await one.begin()
    for _ in range(8):
        await one.step()
    print("under way", flush=True)
    while True:
        await one.step()
        await asyncio.sleep(0.05)

asyncio.run(main())
"""


def kill_in_the_middle(url: str, folder: Path) -> None:
    """Rotate in a process of its own, which is killed when it has come a part of the way."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "under way\n" in iter(process.stdout.readline, "")
        os.kill(process.pid, signal.SIGKILL)


async def test_a_killed_rotation_is_carried_on(vault: Vault, keyring_url: str, tmp_path: Path) -> None:
    owners = [new_id() for _ in range(400)]
    keys = await vault.keys_for(owners)
    await asyncio.to_thread(kill_in_the_middle, keyring_url, tmp_path)
    before = await wrappings(vault)
    assert before[2] >= 40
    assert before[1] > 0
    await finish(vault)
    assert await wrappings(vault) == {2: 400}
    state = await Rotation(vault.ring, 20.0).state()
    assert (state.current.total, state.current.moved) == (400, 400)
    vault.forget(owners)
    assert await vault.keys_for(owners) == keys


async def test_a_keyring_of_before_there_were_versions_goes_on(vault: Vault) -> None:
    owner = new_id()
    key = (await vault.keys_for([owner]))[owner]
    async with vault.ring.transaction() as tx:
        await tx.execute(sa.delete(kek_version))
    again = Vault(Keyring(vault.keyring, vault.ring.provider), 10)
    assert await again.keys_for([owner]) == {owner: key}
    assert (await Rotation(again.ring, 20.0).begin()).current.version == 2


async def test_sealed_records_open_before_during_and_after(vault: Vault) -> None:
    owner = new_id()
    place = Place(owner, new_id(), "default")
    sealed = vault.seal_all(await vault.keys_for([owner]), [(place, b"clear")])[0]
    rotation = Rotation(vault.ring, 20.0)
    await rotation.begin()
    for _ in range(4):
        vault.forget([owner])
        assert await vault.open_sealed([(place, sealed)]) == [b"clear"]
        await rotation.step()


async def test_the_doors_show_and_begin_a_rotation(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record())
    state = (await ingest.client.get("/v1/keys")).json()
    assert (state["provider"], state["current"], state["orphans"]) == ("file", 1, 0)
    answer = await ingest.client.post("/v1/keys/rotate")
    assert (answer.status_code, answer.json()["current"]) == (202, 2)

    async def is_done() -> dict[str, Any] | None:
        found: dict[str, Any] = (await ingest.client.get("/v1/keys")).json()
        return found if found["rotation"]["state"] == "done" else None

    state = await until(is_done)
    assert state["rotation"]["moved"] == 1
    assert state["versions"][0]["retired_at"] is not None
    grant = ingest.grant(receipt["subject_id"], "phone")
    assert (await ingest.reveal(grant)).json() == {"fields": {"phone": "+84912345678"}}

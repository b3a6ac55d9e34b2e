"""No number and no code is ever in verify's files in clear, and what is sealed goes when its use ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.verify.challenges import service
from tests.running import body_of
from tests.services.verify.running import Verify, running

PHONE = "0912345678"


def stored(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of databases, write-ahead logs and the event log."""
    for path in (folder / "data").rglob("*.db*"):
        yield path.name, path.read_bytes()


def assert_absent(folder: Path, *secrets: str) -> None:
    names = []
    for name, content in stored(folder):
        names.append(name)
        for secret in secrets:
            assert secret.encode() not in content, name
    assert {"verify.db", "verify.db-wal"} <= set(names)


async def rows(verify: Verify) -> list[tuple[object, ...]]:
    async with verify.database.snapshot() as connection:
        found = await connection.exec_driver_sql(
            "SELECT status, sealed IS NULL, code_hash IS NULL FROM challenge"
        )
        return [tuple(row) for row in found]


async def test_numbers_and_codes_are_nowhere_in_the_files(verify: Verify) -> None:
    reply = body_of(await verify.start(PHONE))
    code = verify.code_of(reply["id"])
    assert_absent(verify.folder, "912345678", code)
    await verify.check(reply["id"], "999999" if code != "999999" else "999998")
    await verify.check(reply["id"], code)
    assert_absent(verify.folder, "912345678", code)
    other = body_of(await verify.start(PHONE))
    verify.clock.move(minutes=6)
    await service.sweep(verify.database, verify.clock)
    assert_absent(verify.folder, "912345678", verify.code_of(other["id"]))


async def test_what_is_sealed_is_destroyed_when_verified_exhausted_or_expired(verify: Verify) -> None:
    verified = body_of(await verify.start(PHONE))["id"]
    await verify.check(verified, verify.code_of(verified))
    exhausted = body_of(await verify.start("0912345679"))["id"]
    for _ in range(5):
        await verify.check(exhausted, "wrong")
    expired = body_of(await verify.start("0912345670"))["id"]
    assert expired
    assert await rows(verify) == [("verified", 1, 1), ("exhausted", 1, 1), ("pending", 0, 0)]
    verify.clock.move(minutes=5)
    await service.sweep(verify.database, verify.clock)
    assert await rows(verify) == [("verified", 1, 1), ("exhausted", 1, 1), ("expired", 1, 1)]


async def test_counters_and_old_verifications_are_forgotten(verify: Verify) -> None:
    verification = body_of(await verify.start(PHONE))["id"]
    await verify.check(verification, "wrong")
    verify.clock.move(days=31)
    await service.sweep(verify.database, verify.clock)
    async with verify.database.snapshot() as connection:
        for table in ("challenge", "code_checks", "number_checks", "sending"):
            count = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")
            assert count.scalar() == 0, table


async def test_a_restart_keeps_what_is_pending(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        verification = body_of(await before.start(PHONE))["id"]
        await before.check(verification, "wrong")
    async with running(tmp_path) as after:
        after.clock.move(seconds=40)
        assert (await after.resend(verification)).status == 200
        assert len({message["code"] for message in after.sent()}) == 1
        for _ in range(3):
            await after.check(verification, "wrong")
        assert (await after.check(verification, after.code_of(verification))).status == 200


async def test_the_keys_are_apart_from_the_data_and_private(verify: Verify) -> None:
    for name in ("otp.key", "verify.key"):
        path = verify.folder / "keys" / name
        assert path.stat().st_mode & 0o777 == 0o600
        assert_absent(verify.folder, path.read_text().strip())


async def test_a_lost_seal_key_fails_closed(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        verification = body_of(await before.start(PHONE))["id"]
    (tmp_path / "keys" / "verify.key").unlink()
    async with running(tmp_path) as after:
        reply = await after.check(verification, after.code_of(verification))
        assert reply.status == 422
        after.clock.move(seconds=30)
        assert (await after.resend(verification)).status == 422
        assert (await after.start(PHONE)).status == 201


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_what_is_sent_is_readable_by_its_owner_only(verify: Verify, locale: str) -> None:
    await verify.start(PHONE, locale=locale)
    (path,) = (verify.folder / "data" / "outbox").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600

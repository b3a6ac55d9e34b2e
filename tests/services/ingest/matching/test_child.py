"""The process that compares people knows none of our places."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from services.ingest.matching.comparing import ComparingFailed, Comparison, comparing
from tests.running import until


def children() -> list[Path]:
    """Folders in /proc of the processes that compare for this one."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    found = [Path(f"/proc/{pid}") for pid in mine]
    return [one for one in found if b"matching.child" in (one / "cmdline").read_bytes()]


def opened_by(process: Path) -> set[str]:
    """What a process holds open."""
    found = set()
    for path in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(path.readlink()))
    return found


async def the_child() -> Path | None:
    """The process that compares for this one, once it is what it is started as."""
    return next(iter(children()), None)


async def answers(comparison: Comparison) -> list[dict[str, object]]:
    await comparison.feed([])
    return [message async for message in comparison.told()]


async def test_it_gets_no_address_and_no_secret_and_holds_only_its_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/planted.db")
    monkeypatch.setenv("KEK", "planted-key")
    async with comparing(1 << 30) as comparison:
        child = await until(the_child)
        told = (child / "environ").read_bytes()
        assert b"PATH=" in told
        assert b"planted" not in told

        async def only_pipes() -> bool:  # once it has read its own modules
            return all(name.startswith(("pipe:", "socket:", "/dev/null")) for name in opened_by(child))

        await until(only_pipes)
        assert await answers(comparison) == []
    assert children() == []


async def test_one_that_cannot_do_with_its_memory_has_failed() -> None:
    rows = [[str(number), str(number), *["word"] * 10] for number in range(2)]
    async with comparing(1) as comparison:
        await comparison.feed(rows)
        with pytest.raises(ComparingFailed):
            await answers(comparison)

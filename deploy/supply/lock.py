"""Reading a lock of `make lock`: names, versions, markers and hashes."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from packaging.markers import Marker

_PINNED: Final = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")
_HASH: Final = re.compile(r"^\s+--hash=sha256:([0-9a-f]{64})")


class Pinned(NamedTuple):
    """A package as the lock has it."""

    name: str
    version: str
    marker: str
    """On which machines it is installed; empty: on all."""
    hashes: tuple[str, ...]
    """SHA-256 of every file that may be installed."""

    @property
    def is_here(self) -> bool:
        """Whether this machine installs it."""
        return not self.marker or Marker(self.marker).evaluate()


def read_lock(path: Path) -> list[Pinned]:
    """Every package of a lock. Raises ValueError where one has no hash, or a line is none that `make lock` writes."""
    found: list[Pinned] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if pinned := _PINNED.match(line):
            found.append(Pinned(canonical(pinned[1]), pinned[2], pinned[3] or "", ()))
        elif digest := _HASH.match(line):
            found[-1] = found[-1]._replace(hashes=(*found[-1].hashes, digest[1]))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ValueError(f"{path.name}:{number} is no line of a lock")
    if bare := [one.name for one in found if not one.hashes]:
        raise ValueError(f"{path.name} pins without hashes: {', '.join(bare)}")
    return found


def installed_here(lock: Iterable[Pinned]) -> dict[str, Pinned]:
    """What this machine installs, by name."""
    return {one.name: one for one in lock if one.is_here}


def canonical(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()

"""Key-encryption keys in a document: a file of KEY_DIR that is made on the first start, or the environment's."""

import asyncio
import fcntl
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kernel.keys import first_to_link, replace_whole
from services.ingest.vault.domain import KEY
from services.ingest.vault.providers.port import NoNewKey, ProviderFailed

FILE = "kek.json"


class KeyList(msgspec.Struct, frozen=True):
    """The document: keys (hex) by version, and the one to begin with."""

    current: int
    keys: Mapping[str, str]


def read_keys(document: bytes) -> KeyList:
    """The document's keys. Raises ValueError where it is none, or a key is missing or not of 32 bytes."""
    try:
        listed = msgspec.json.decode(document, type=KeyList)
        sizes = {len(bytes.fromhex(key)) for key in listed.keys.values()}
        known = str(listed.current) in listed.keys and all(version.isdigit() for version in listed.keys)
    except (msgspec.DecodeError, ValueError):
        known, sizes = False, set()
    if not known:
        raise ValueError("The key-encryption keys are not of the documented form.")
    if sizes != {KEY}:
        raise ValueError("The key-encryption key must have 32 bytes.")
    return listed


class EnvironmentKeys:
    """The keys of the setting `KEK`. A new version is added to it by a person, in every process, before rotating."""

    name = "environment"

    def __init__(self, document: str) -> None:
        """Raises ValueError where `document` is not of the documented form."""
        self._listed = read_keys(document.encode())

    def first(self) -> int:
        """The document's `current`."""
        return self._listed.current

    async def make(self, version: int) -> bytes:
        """Nothing, where `version` is listed. Raises NoNewKey where it is not."""
        if str(version) not in self._listed.keys:
            raise NoNewKey(
                f'Add a key "{version}" to KEK in every process of ingest, restart them, then rotate.'
            )
        return b""

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """Those versions that are listed."""
        return _chosen(self._listed, kept)

    async def forget(self, version: int) -> None:
        """Nothing: a person takes it out of the setting."""


class FileKeys:
    """The keys of `folder/kek.json` (mode 0600, made on first use), which all processes of ingest share."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        """Raises ValueError where the file is not of the documented form, OSError where it cannot be made."""
        self._path = folder / FILE
        if not self._path.exists():
            first_to_link(self._path, msgspec.json.encode(KeyList(1, {"1": secrets.token_hex(KEY)})))
        read_keys(self._path.read_bytes())

    def first(self) -> int:
        """The file's `current`."""
        return read_keys(self._path.read_bytes()).current

    async def make(self, version: int) -> bytes:
        """Add a key to the file, unless it has one of that version. Raises ProviderFailed."""
        await asyncio.to_thread(self._add, version)
        return b""

    async def fetch(self, kept: Mapping[int, bytes]) -> dict[int, bytes]:
        """Those versions that the file has, read anew. Raises ProviderFailed."""
        try:
            return _chosen(read_keys(await asyncio.to_thread(self._path.read_bytes)), kept)
        except (OSError, ValueError) as error:
            raise ProviderFailed("The file of key-encryption keys cannot be read.") from error

    async def forget(self, version: int) -> None:
        """Take a key out of the file. Raises ProviderFailed."""
        await asyncio.to_thread(self._remove, version)

    def _add(self, version: int) -> None:
        with self._alone() as listed:
            if str(version) not in listed.keys:
                keys = {**listed.keys, str(version): secrets.token_hex(KEY)}
                self._write(KeyList(version, keys))

    def _remove(self, version: int) -> None:
        with self._alone() as listed:
            keys = {known: key for known, key in listed.keys.items() if known != str(version)}
            if str(listed.current) in keys:
                self._write(KeyList(listed.current, keys))

    def _write(self, listed: KeyList) -> None:
        replace_whole(self._path, msgspec.json.encode(listed))

    @contextmanager
    def _alone(self) -> Iterator[KeyList]:
        """The keys as they stand, while no other process changes them. Raises ProviderFailed."""
        try:
            with self._path.with_suffix(".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield read_keys(self._path.read_bytes())
        except (OSError, ValueError) as error:
            raise ProviderFailed("The file of key-encryption keys cannot be changed.") from error


def _chosen(listed: KeyList, kept: Mapping[int, bytes]) -> dict[int, bytes]:
    return {
        version: bytes.fromhex(listed.keys[str(version)]) for version in kept if str(version) in listed.keys
    }

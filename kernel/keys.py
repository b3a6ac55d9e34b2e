"""Secrets in `KEY_DIR`: made once, readable by their owner only, never below the data."""

import os
import secrets
from pathlib import Path


def secret_file(folder: Path, name: str, *, size: int = 32) -> bytes:
    """The secret kept in `folder/name`, made on first use (mode 0600 in a folder of mode 0700).

    Raises OSError where the folder cannot be written.
    """
    path = folder / name
    if not path.exists():
        first_to_link(path, secrets.token_hex(size).encode())
    return bytes.fromhex(path.read_text().strip())


def first_to_link(path: Path, content: bytes) -> None:
    """Make a file of mode 0600 that is there whole or not at all, where there is none yet.

    Safe where several processes start at once: the first to link its file wins, and all read that one. Raises OSError
    where the folder cannot be written.
    """
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def replace_whole(path: Path, content: bytes) -> None:
    """Replace a file of mode 0600 at one blow, durably. Whoever calls holds off others. Raises OSError."""
    _draft(path, content).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _draft(path: Path, content: bytes) -> Path:
    """A synced file of mode 0600 beside `path`, in a folder of mode 0700."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def internal_secret(folder: Path, configured: str) -> bytes:
    """The secret of internal calls: `INTERNAL_KEY` where set, else a file in `KEY_DIR`."""
    return configured.encode() if configured else secret_file(folder, "internal.key")

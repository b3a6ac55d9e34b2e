"""Secrets in `KEY_DIR`: made once, readable by their owner only, never below the data."""

import os
import secrets
from pathlib import Path


def secret_file(folder: Path, name: str, *, size: int = 32) -> bytes:
    """The secret kept in `folder/name`, made on first use (mode 0600 in a folder of mode 0700).

    Safe where several processes start at once: the first to link its file wins. Raises OSError where the folder
    cannot be written.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text().strip())


def internal_secret(folder: Path, configured: str) -> bytes:
    """The secret of internal calls: `INTERNAL_KEY` where set, else a file in `KEY_DIR`."""
    return configured.encode() if configured else secret_file(folder, "internal.key")

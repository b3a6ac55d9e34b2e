"""The key-encryption keys: from the environment, or a file of KEY_DIR that is made on the first start."""

import os
import secrets
from pathlib import Path

import msgspec

from services.ingest.vault.domain import KeyEncryption

FILE = "kek.json"


def load_key_encryption(folder: Path, configured: str) -> KeyEncryption:
    """The configured keys, else those of `folder/kek.json` (mode 0600, made on first use).

    Raises ValueError where the document is none, or its current key is missing or not 32 bytes.
    """
    if configured:
        return _checked(configured.encode())
    path = folder / FILE
    if not path.exists():
        _make(folder, path)
    return _checked(path.read_bytes())


def _make(folder: Path, path: Path) -> None:
    """Of several processes starting at once the first to link its file wins, and all read that one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{FILE}.{secrets.token_hex(8)}"
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(KeyEncryption(1, {"1": secrets.token_hex(32)})))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _checked(document: bytes) -> KeyEncryption:
    try:
        keys = msgspec.json.decode(document, type=KeyEncryption)
        current = bytes.fromhex(keys.keys[str(keys.current)])
    except (msgspec.DecodeError, KeyError, ValueError):
        raise ValueError("The key-encryption keys are not of the documented form.") from None
    if len(current) != 32:
        raise ValueError("The key-encryption key must have 32 bytes.")
    return keys

"""Identifiers: UUIDv7 text everywhere, so that keys are time-ordered and read alike in JSON, SQL and logs."""

import re

import uuid_utils

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_UUID = re.compile(UUID_PATTERN)


def new_id() -> str:
    """A new UUIDv7 in canonical lower-case text: unique, and ordered by creation time to the millisecond."""
    return str(uuid_utils.uuid7())


def canonical_id(text: str) -> str | None:
    """`text` as a canonical UUID (any version, any writing `uuid` accepts), or None where it is none."""
    if _UUID.fullmatch(text):
        return text
    try:
        return str(uuid_utils.UUID(text))
    except ValueError:
        return None

"""How a client's record is shown."""

from typing import Any

import sqlalchemy as sa

_SHOWN = (
    "name",
    "scopes",
    "purposes",
    "fields",
    "source",
    "created_at",
    "valid_from",
    "valid_until",
    "addresses",
    "origins",
    "rate",
    "at_once",
    "sandbox_of",
    "closed_at",
    "former_until",
)


def client_view(row: sa.Row[Any]) -> dict[str, Any]:
    """A client as an administrator sees it, without its secrets."""
    return {"client_id": row.id, "type": row.kind, **{name: getattr(row, name) for name in _SHOWN}}

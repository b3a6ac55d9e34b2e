"""Which failures pass by themselves: those are waited out, all others are the event's own fault."""

import sqlalchemy as sa

_STATE_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
"""SQLSTATE classes: connection, serialization and deadlock, resources, locks, operator, system."""

_STATES = frozenset({"25006", "25P03", "25P04"})
"""A server that became a standby, and transactions that it ended for their age."""

_SQLITE_CODES = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26})
"""busy, locked, out of memory, read-only, interrupted, I/O, corrupt, full, cannot open, protocol, no database."""


def is_transient(error: BaseException) -> bool:
    """True where `error` says something of the database or the network and nothing of what was written.

    The drivers' classes do not tell: asyncpg's deadlock and its refusal of a text with a NUL come as the same one.
    """
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, OSError | sa.exc.TimeoutError | sa.exc.PendingRollbackError)
    if error.connection_invalidated:
        return True
    if state := getattr(error.orig, "sqlstate", None):
        return state[:2] in _STATE_CLASSES or state in _STATES
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return (code & 0xFF) in _SQLITE_CODES
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)

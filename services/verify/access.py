"""The scopes of verify's doors."""

SENDING = "verify:write"
OVERSIGHT = "audit:read"
"""Scores of collectors are about staff: those who collect do not read them."""

"""The fact lake: what happened, per origin subject, append-only and applied once."""

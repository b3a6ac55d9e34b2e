"""The scopes of social's doors."""

READING, WRITING = "social:read", "social:write"

"""How a code reaches its number: one port, a sender behind it, and the texts."""

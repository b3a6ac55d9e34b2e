"""From identifiers to people, by blind index."""

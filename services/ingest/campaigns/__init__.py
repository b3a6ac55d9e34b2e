"""Media campaigns: what was spent, who answered, and what an answer cost."""

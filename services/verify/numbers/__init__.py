"""Number intelligence: what was written, what it means, and since when."""

"""Topics: what is listened for, as phrases."""

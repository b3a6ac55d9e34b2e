"""Erasing people: marked, drained, their keys destroyed, their rows deleted, confirmed with counts."""

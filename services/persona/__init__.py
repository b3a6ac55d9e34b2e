"""Turns consented facts into living portraits; see README.md."""

"""Tracking plans: what a source promised to send, and what becomes of a record that breaks the promise."""

"""Ingest's local view of consents and notices."""

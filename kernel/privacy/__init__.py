"""The rules of personal data: classes, purposes, identifiers, masks, and redaction of free text.

Pure functions and tables; sealing and storing belong to ingest's vault.
"""

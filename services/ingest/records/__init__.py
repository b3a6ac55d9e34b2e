"""The hot path: from a body to receipts."""

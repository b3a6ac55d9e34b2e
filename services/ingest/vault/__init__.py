"""The only place where linked PII lives: sealed, under keys kept apart."""

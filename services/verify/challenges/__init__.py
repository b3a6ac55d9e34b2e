"""One-time codes: sent to a number, checked a few times, used once."""

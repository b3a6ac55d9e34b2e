"""Where a partner tries everything: a test client, invented people, and the log of its own requests."""

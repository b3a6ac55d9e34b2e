"""Rules of webhooks, without I/O: what is told to whom, how it is signed, when it is tried again."""

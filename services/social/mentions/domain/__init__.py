"""What makes a mention acceptable, and how it loses who wrote it: pure rules, no I/O."""

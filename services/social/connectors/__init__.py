"""Connectors: where mentions come from by themselves: webhooks, feeds and reads, each with its state and its terms."""

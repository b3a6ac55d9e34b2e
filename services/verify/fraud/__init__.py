"""The fraud guard: published rules that say what they saw, and alerts."""

"""Mentions: what people say in public, kept without who they are."""

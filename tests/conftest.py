"""Fixtures that many rooms share: one module a subject."""

pytest_plugins = ["tests.engines"]

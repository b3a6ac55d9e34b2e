"""Fixtures that many rooms share: one module a subject."""

from hypothesis import settings

pytest_plugins = ["tests.engines"]

settings.register_profile("shared machine", deadline=None)  # nothing is timed in a test: benchmarks do that
settings.load_profile("shared machine")

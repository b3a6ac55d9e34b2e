"""Reproducible chance."""

from random import Random


def seeded(name: str) -> Random:
    """A generator that gives the same draws for the same name, on every machine and Python of this version."""
    return Random(name)  # noqa: S311 - invention that must repeat, no secret hangs on it

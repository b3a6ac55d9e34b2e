"""Why an engine could not be used."""


class EngineMissing(Exception):
    """The engine, or a program that it needs, is not on this machine; the text says what to install."""


class EngineFailed(Exception):
    """The engine is here, but a step of it failed, or it ended while starting; the text ends with its own words."""

"""JSON pointers (RFC 6901), read from documents that others write."""

from typing import Any


def steps_of(pointer: str) -> list[str]:
    """The steps of a pointer. Raises ValueError where it is none."""
    if pointer and not pointer.startswith("/"):
        raise ValueError("A JSON pointer is empty or begins with /.")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def at(document: Any, pointer: str) -> Any:
    """What stands at `pointer`; None where nothing does. Raises ValueError where it is no pointer."""
    for step in steps_of(pointer):
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isascii() and step.isdigit() and len(step) < 7:
            document = document[int(step)] if int(step) < len(document) else None
        else:
            return None
    return document

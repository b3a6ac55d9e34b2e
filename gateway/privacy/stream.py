"""Topic handlers of privacy requests."""

from gateway.privacy.service import hear
from kernel.store.consumer import Handler


def handlers() -> list[Handler]:
    """What is read, and why."""
    return [Handler("privacy.confirmed", "legal", hear, sees_erased=True)]

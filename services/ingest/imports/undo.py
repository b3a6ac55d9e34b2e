"""placeholder"""

from collections.abc import Awaitable, Callable


class Undoing:
    async def undo(self, key: str, hold: Callable[..., Awaitable[None]]) -> None: ...

"""Message ids, taken from the store in blocks: positive, ascending, unique for ever over all processes."""

import asyncio

from gonets.ports.stores import Messages

_FIRST_BLOCK = 1_000
_LARGEST_BLOCK = 20_000


class IdBlocks:
    """Hands out consecutive ids. Blocks grow while they are used up quickly, so that a busy gateway seldom asks."""

    def __init__(self, store: Messages, block: int = _FIRST_BLOCK) -> None:
        """`block`: how many to reserve at first; 1 reserves only what is asked for."""
        self._store = store
        self._block = block
        self._grows = block > 1
        self._next = 0
        self._end = 0
        self._reserving = asyncio.Lock()

    async def take(self, count: int) -> int:
        """The first of `count` consecutive ids, durably reserved. Raises StoreUnavailable."""
        if self._end - self._next < count:
            await self._extend(count)
        first = self._next
        self._next += count
        return first

    async def _extend(self, count: int) -> None:
        async with self._reserving:
            while self._end - self._next < count:
                size = max(self._block, count)
                first = await self._store.reserve(size)
                if first != self._end:  # another process came between; what was left of ours is not used
                    self._next = first
                self._end = first + size
                if self._grows:
                    self._block = min(self._block * 2, _LARGEST_BLOCK)

"""What a worker keeps because it is asked for again: the values asked for last, and no more than so many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Cache(Generic[Kept]):
    """The values asked for last, so many of them; threads may share it."""

    def __init__(self, most: int) -> None:
        self.most, self._kept, self._lock = most, OrderedDict[Hashable, Kept](), Lock()

    def get(self, key: Hashable) -> Kept | None:
        """What is kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, value: Kept) -> Kept:
        """Keep it; what was asked for longest ago goes."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return value

    def made(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept, or is made now."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

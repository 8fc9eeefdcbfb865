"""What a worker keeps because it is asked for again: the values asked for last, of all kinds together no more than so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import count
from threading import Lock
from typing import Any, Generic, TypeVar

Kept = TypeVar("Kept")

MOST_BYTES = 256 << 20
"""What all that a worker keeps of bundles may come to together."""
ENTRY_BYTES = 1_024
"""What is counted for an entry beside its value: keys, and small objects."""


class Room:
    """So many bytes for the entries of all caches in it; where they are more, what was asked for longest ago goes, whosever it is."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most, self.used = most, 0
        self._kept = OrderedDict[tuple[int, Hashable], tuple[Any, int]]()
        self._lock, self._caches = Lock(), count()

    def number(self) -> int:
        """The name of a cache that is new here."""
        return next(self._caches)

    def get(self, cache: int, key: Hashable) -> Any:
        """What is kept, else None."""
        with self._lock:
            found = self._kept.get((cache, key))
            if found is None:
                return None
            self._kept.move_to_end((cache, key))
            return found[0]

    def put(self, cache: int, key: Hashable, value: Any, size: int) -> None:
        """Keep it. The newest stays, however large it is: it has been made, and is asked for."""
        with self._lock:
            _, before = self._kept.pop((cache, key), (None, 0))
            self._kept[cache, key] = value, size
            self.used += size - before
            while self.used > self.most and len(self._kept) > 1:
                _, (_, freed) = self._kept.popitem(last=False)
                self.used -= freed

    def __len__(self) -> int:
        return len(self._kept)


class Cache(Generic[Kept]):
    """Values of a kind in a room, and how many bytes each is; threads may share it."""

    def __init__(self, room: Room, size_of: Callable[[Kept], int]) -> None:
        self._room, self._number, self._size_of = room, room.number(), size_of

    def get(self, key: Hashable) -> Kept | None:
        """What is kept."""
        found: Kept | None = self._room.get(self._number, key)
        return found

    def put(self, key: Hashable, value: Kept) -> Kept:
        """Keep it."""
        self._room.put(self._number, key, value, ENTRY_BYTES + self._size_of(value))
        return value

    def made(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept, or is made now."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

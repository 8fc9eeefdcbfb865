"""What a worker keeps is so many bytes, whatever it is of: the values asked for last."""

from __future__ import annotations

import gc
import random
import weakref
from concurrent.futures import ThreadPoolExecutor

from engine.services.cache import ENTRY_BYTES, Cache, Room


def test_what_was_asked_for_longest_ago_goes_whosever_it_is() -> None:
    room = Room(3 * (ENTRY_BYTES + 100))
    some, others = Cache[str](room, len), Cache[str](room, len)
    for cache, key in ((some, 1), (others, 1), (some, 2)):
        cache.put(key, "x" * 100)
    assert some.get(1) == "x" * 100 and room.used == room.most
    some.put(3, "y")
    assert others.get(1) is None and some.get(1) and some.get(2) and some.get(3) == "y"
    assert room.used == 3 * ENTRY_BYTES + 201


def test_one_entry_counts_once_and_the_newest_stays_however_large_it_is() -> None:
    room = Room(10 * ENTRY_BYTES)
    cache = Cache[str](room, len)
    for size in (5, 500, 50):
        cache.put("same", "x" * size)
    assert (len(room), room.used) == (1, ENTRY_BYTES + 50)
    cache.put("large", "x" * room.most)
    assert cache.get("large") and cache.get("same") is None and len(room) == 1
    cache.put("small", "x")
    assert cache.get("large") is None and room.used == ENTRY_BYTES + 1


def test_what_goes_is_let_go() -> None:
    class Value:
        pass

    room, value = Room(2 * ENTRY_BYTES), Value()
    cache, seen = Cache[Value](room, lambda _: 0), weakref.ref(value)
    cache.put(0, value)
    del value
    for key in (1, 2):
        cache.put(key, Value())
    gc.collect()
    assert seen() is None


def test_threads_may_share_it() -> None:
    room = Room(40 * ENTRY_BYTES)
    caches = [Cache[tuple[int, int]](room, lambda value: value[1]) for _ in range(3)]

    def use(seed: int) -> bool:
        rng = random.Random(seed)
        for _ in range(3_000):
            key = rng.randrange(60)
            number = rng.randrange(3)
            if caches[number].made(key, lambda key=key, number=number: (key + 100 * number, key)) != (key + 100 * number, key):  # fmt: skip
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(8)))
    kept = [value for cache in caches for key in range(60) if (value := cache.get(key)) is not None]
    assert room.used == sum(ENTRY_BYTES + size for _, size in kept) <= room.most and len(kept) == len(room)

"""Texts of a column to the numbers a plan knows them by: a hash table with open addressing, a text read eight bytes at a time.

Few slots are taken, and a slot is one word, so that a look-up seldom waits and its branches are seldom mistaken.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.kernels.compiled import compiled, inlined

MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: its multiples are spread evenly (Knuth, TAOCP 3, 6.4)
EIGHT, HALF = np.uint64(8), np.uint64(32)
NUMBER = np.int64(0xFFFFFFFF)
FREE = -1
SLOTS_A_TEXT = 4
"""A slot is FREE, or 31 bits of the text's hash above its number."""


@intrinsic
def load_word(typingctx: Any, data: Any, at: Any) -> Any:
    """Eight bytes of a uint8 array as a word, wherever they begin; they must all be there."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.bitcast(builder.gep(array.data, [args[1]]), ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(data, types.int64), codegen


@inlined
def ends_of(data, start, end):
    """A text's first and last eight bytes (they may overlap; all of a shorter one)."""
    if end - start >= 8:
        return load_word(data, start), load_word(data, end - 8)
    word = np.uint64(0)
    for i in range(end - start):
        word |= np.uint64(data[start + i]) << (EIGHT * np.uint64(i))
    return word, word


@inlined
def hash_of(data, start, end, first, last):
    """A hash of a text, its ends read already."""
    mix = (first ^ np.uint64(end - start)) * MIX
    mix = (mix ^ (mix >> HALF) ^ last) * MIX
    for at in range(start + 8, end - 8, 8):
        mix = (mix ^ (mix >> HALF) ^ load_word(data, at)) * MIX
    mix = (mix ^ (mix >> HALF)) * MIX
    return mix ^ (mix >> HALF)


@compiled
def same_middle(data, start, end, texts, other):
    """Whether two texts of one length, alike at both ends, are alike between them."""
    for at in range(8, end - start - 8, 8):
        if load_word(data, start + at) != load_word(texts, other + at):
            return False
    return True


@inlined
def number_of(data, start, end, slots, ends, starts, texts):
    """The number of the text data[start:end], FREE where it has none; and the slot where it stands or belongs."""
    first, last = ends_of(data, start, end)
    mix = hash_of(data, start, end, first, last)
    most = np.uint64(len(slots) - 1)
    at = mix & most
    mark = np.int64(mix >> np.uint64(33))
    while slots[at] != FREE:
        if slots[at] >> 32 == mark:
            number = np.uint64(slots[at] & NUMBER)
            if (
                (ends[number, 0] == first) & (ends[number, 1] == last) & (starts[number + np.uint64(1)] - starts[number] == end - start)
                and (end - start <= 16 or same_middle(data, start, end, texts, starts[number]))
            ):  # fmt: skip
                return np.int64(number), at
        at = (at + np.uint64(1)) & most
    return FREE, at


@compiled
def number_texts(starts, texts, slots, ends):
    """Fill a table of free slots (a power of two, more than the texts) with the numbers of texts, and both ends of each."""
    for number in range(len(starts) - 1):
        start, end = starts[number], starts[number + 1]
        ends[number, 0], ends[number, 1] = ends_of(texts, start, end)
        mix = hash_of(texts, start, end, ends[number, 0], ends[number, 1])
        known, at = number_of(texts, start, end, slots, ends, starts, texts)
        if known == FREE:
            slots[at] = np.int64(mix >> np.uint64(33)) << 32 | number


@compiled
def find_texts(offsets, data, slots, ends, starts, texts, out):
    """Fill out with the number of each text data[offsets[i]:offsets[i + 1]], FREE where it has none; how many have none."""
    missed = 0
    for i in range(len(out)):
        number, _ = number_of(data, np.int64(offsets[i]), np.int64(offsets[i + 1]), slots, ends, starts, texts)
        out[i] = number
        missed += number == FREE
    return missed

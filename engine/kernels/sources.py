"""Columns as callers hold them, read a block at a time: whole numbers of 1 to 8 bytes behind an address, or codes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from engine.kernels.compiled import compiled, inlined

S_ADDRESS, S_BYTES, S_CODES, S_LAST, S_TIMES, S_PLUS, S_WIDTH = range(7)
"""A source: values at an address, S_BYTES each (0: there are none, and all lines have S_PLUS). With codes (int64, at an address;
the last one's place) a value is codes[value], else value x S_TIMES + S_PLUS."""


@intrinsic
def load(typingctx: Any, address: Any, place: Any, like: Any) -> Any:
    """The value at a place of an array of numbers such as `like`, at an address, as int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = context.get_value_type(like)
        value = builder.load(builder.gep(builder.inttoptr(args[0], kind.as_pointer()), [args[1]]))
        return value if like.bitwidth == 64 else builder.sext(value, context.get_value_type(types.int64))

    return types.int64(types.int64, types.int64, like), codegen


@inlined
def _widen(address, like, times, plus, out):
    for j in range(len(out)):
        out[j] = load(address, j, like) * times + plus


@compiled
def read_block(source, first, out):
    """Fill out with the values of the lines from `first` on."""
    here = source[S_ADDRESS] + first * source[S_BYTES]
    times, plus = source[S_TIMES], source[S_PLUS]
    if source[S_BYTES] == 8 and times == 1 and plus == 0:
        for j in range(len(out)):
            out[j] = load(here, j, np.int64(0))
    elif source[S_BYTES] == 8:
        _widen(here, np.int64(0), times, plus, out)
    elif source[S_BYTES] == 4:
        _widen(here, np.int32(0), times, plus, out)
    elif source[S_BYTES] == 2:
        _widen(here, np.int16(0), times, plus, out)
    elif source[S_BYTES] == 1:
        _widen(here, np.int8(0), times, plus, out)
    else:
        out[:] = plus
    if source[S_CODES]:
        codes, last = source[S_CODES], source[S_LAST]
        for j in range(len(out)):
            out[j] = load(codes, min(max(out[j], 0), last), np.int64(0))

"""Arrays as kernels hand them on: an address, and for rows of rows how wide they are.

An array is seven words to numba, and each call that is not inlined pays for all of them; a line takes hundreds of calls. An address
is one. Nothing is counted and no index is from the end: who turns an array into `words` holds it for as long as they are used.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, make_attribute_wrapper, models, register_model

_WORD = types.int64


class Words(types.Type):
    """int64 after int64: `words[i]`."""

    def __init__(self) -> None:
        super().__init__("Words")


class Table(types.Type):
    """Rows of int64, one after the other: `table[row, column]`, `table.width`."""

    def __init__(self) -> None:
        super().__init__("Table")


_words, _table = Words(), Table()


@register_model(Words)
class _WordsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@register_model(Table)
class _TableModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("data", types.CPointer(_WORD)), ("width", types.intp)])


make_attribute_wrapper(Table, "width", "width")


@intrinsic
def words(context: Any, array: Any) -> Any:
    """The words of a row of int64."""
    if not (isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C" and array.dtype == _WORD):
        return None

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(array)(context, builder, arguments[0]).data

    return _words(array), made


@intrinsic
def table(context: Any, array: Any) -> Any:
    """The table of rows of int64."""
    if not (isinstance(array, types.Array) and array.ndim == 2 and array.layout == "C" and array.dtype == _WORD):
        return None

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = context.make_array(array)(context, builder, arguments[0])
        found = cgutils.create_struct_proxy(_table)(context, builder)
        found.data, found.width = given.data, cgutils.unpack_tuple(builder, given.shape)[1]
        return found._getvalue()

    return _table(array), made


# ---------------------------------------------------------------- what stands where


def _place(context: Any, builder: Any, kind: Any, value: Any, index: Any) -> Any:
    if isinstance(kind, Words):
        return builder.gep(value, [index])
    found = cgutils.create_struct_proxy(_table)(context, builder, value=value)
    row, column = cgutils.unpack_tuple(builder, index)
    return builder.gep(found.data, [builder.add(builder.mul(row, found.width), column)])


def _index(kind: Any) -> Any:
    """How a kind is indexed; None where it is none of ours."""
    return _WORD if isinstance(kind, Words) else types.UniTuple(_WORD, 2) if isinstance(kind, Table) else None


@infer_global(operator.getitem)
class _Read(AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        index = _index(arguments[0])
        return None if index is None else signature(_WORD, arguments[0], index)


@infer_global(operator.setitem)
class _Write(AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        index = _index(arguments[0])
        return None if index is None else signature(types.none, arguments[0], index, _WORD)


def _read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.load(_place(context, builder, signature.args[0], *arguments))


def _write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    kind, (value, index, word) = signature.args[0], arguments
    builder.store(word, _place(context, builder, kind, value, index))
    return context.get_dummy_value()


for _kind, _by in ((Words, _WORD), (Table, types.UniTuple(_WORD, 2))):
    lower_builtin(operator.getitem, _kind, _by)(_read)
    lower_builtin(operator.setitem, _kind, _by, _WORD)(_write)

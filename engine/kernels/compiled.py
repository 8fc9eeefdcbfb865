"""How every kernel is compiled: kept on disk, without the interpreter's lock, and without what a kernel never needs.

No division here is by zero (denominators are at least 1), so none is tested for; and no kernel keeps an array, so numba
counts no references to those it is handed: each count is an atomic instruction, and a line takes hundreds of calls.
"""

from __future__ import annotations

from typing import Any

from numba import njit

_njit: Any = njit  # its stubs do not know `_nrt`
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
compiled = _njit(**_OPTIONS, _nrt=False)
inlined = _njit(**_OPTIONS, _nrt=False, forceinline=True)
"""For what stands in an innermost loop: an array handed to a call is seven words."""
holding = _njit(cache=True, error_model="numpy", _nrt=False)
"""As `compiled`, with the interpreter's lock: for what reads a table that another thread may be adding to."""
entry = _njit(**_OPTIONS)
"""For kernels that Python calls and that make arrays of their own."""

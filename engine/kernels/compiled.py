"""How every kernel is compiled: kept on disk, without the interpreter's lock, and without what a kernel never needs.

No division here is by zero (denominators are at least 1), so none is tested for; and no kernel keeps an array, so numba
counts no references to those it is handed: each count is an atomic instruction, and a line takes hundreds of calls. Nor is a
kernel compiled anew for each constant that it is called with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core.types import unliteral


def _kernels(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """What compiles a function with these options, once for constants and variables alike."""

    def made(function: Callable[..., Any]) -> Any:
        kernel: Any = njit(cache=True, error_model="numpy", **options)(function)
        called = kernel.get_call_template
        kernel.get_call_template = lambda arguments, named: called(
            tuple(map(unliteral, arguments)), {name: unliteral(kind) for name, kind in named.items()}
        )
        return kernel

    return made


compiled = _kernels(nogil=True, _nrt=False)
inlined = _kernels(nogil=True, _nrt=False, forceinline=True)
"""For what stands in an innermost loop."""
holding = _kernels(_nrt=False)
"""As `compiled`, with the interpreter's lock: for what reads a table that another thread may be adding to."""
entry = _kernels(nogil=True)
"""For kernels that Python calls and that make arrays of their own."""

"""The one place for compiler options.

``nogil`` lets two threads of one process run kernels side by side; ``error_model="numpy"`` gives NaN and
infinity where Python would raise; ``cache`` keeps the machine code on disk, so that a worker that starts
does not compile again. ``fastmath`` stays off: NaN is our missing value.
"""

from collections.abc import Callable
from typing import Any

from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True}


def compiled[F: Callable[..., object]](function: F) -> F:
    """Compile a kernel with the house options; its Python source stays reachable as ``.py_func``."""
    return njit(**OPTIONS)(function)  # type: ignore[no-any-return]


def inlined[F: Callable[..., object]](function: F) -> F:
    """Compile a scalar formula into the loops that call it, so that they still vectorise."""
    return njit(**OPTIONS, forceinline=True)(function)  # type: ignore[no-any-return]

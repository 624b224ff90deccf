"""The one place for compiler options.

``nogil`` lets two threads of one process run kernels side by side; ``error_model="numpy"`` gives NaN and
infinity where Python would raise; ``cache`` keeps the machine code on disk, so that a worker that starts
does not compile again. ``fastmath`` stays off: NaN is our missing value.

Numba takes machine code from its cache when the kernel's own file is unchanged, even if a function that it
calls lies in another file and has changed. Here the files that a kernel imports count too: else flags would
come from code that no longer exists.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True}

ROOT = Path(__file__).parent.parent
IMPORT = re.compile(r"^(?:from|import) (kernels(?:\.\w+)*)", re.MULTILINE)


def compiled[F: Callable[..., object]](function: F) -> F:
    """Compile a kernel with the house options; its Python source stays reachable as ``.py_func``."""
    return _fresh(njit(**OPTIONS)(function))  # type: ignore[no-any-return]


def inlined[F: Callable[..., object]](function: F) -> F:
    """Compile a scalar formula into the loops that call it, so that they still vectorise."""
    return _fresh(njit(**OPTIONS, forceinline=True)(function))  # type: ignore[no-any-return]


def _fresh(dispatcher: Any) -> Any:
    """Make the cached machine code of a kernel depend on the files that its own file imports."""
    file = Path(dispatcher.py_func.__code__.co_filename)
    kept = dispatcher._cache._cache_file
    kept._source_stamp = (kept._source_stamp, stamp_of_imports(file))
    return dispatcher


@cache
def stamp_of_imports(file: Path) -> str:
    """Digest of the modules of ``kernels`` that a file imports, and that these import."""
    digest = hashlib.blake2b(digest_size=12)
    for path in sorted(_imported(file, frozenset()) - {file}):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _imported(file: Path, seen: frozenset[Path]) -> frozenset[Path]:
    for name in IMPORT.findall(file.read_text("utf-8")):
        path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if path not in seen and path.is_file():
            seen = _imported(path, seen | {path})
    return seen

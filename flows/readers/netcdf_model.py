"""What an opened NetCDF file is, whichever format it has on disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernels.compiled import Array


@dataclass(frozen=True)
class NetCDF:
    """The root group of a NetCDF file.

    ``read`` gives the stored values of a variable in native byte order, packed and with fill values as they
    are; ``dims_of`` and ``attributes_of`` its dimensions and attributes. All raise ``SourceError``.
    """

    file: str
    dimensions: Mapping[str, int]
    global_attributes: Callable[[], Mapping[str, Any]]
    shapes: Mapping[str, tuple[int, ...]]
    """Variables in the order of the file, and their shapes."""
    dims_of: Callable[[str], tuple[str, ...]]
    read: Callable[[str], Array]
    attributes_of: Callable[[str], Mapping[str, Any]]

    def __contains__(self, name: str) -> bool:
        return name in self.shapes


def plain(value: bytes) -> str:
    """Text of an attribute, without the padding; old files are in Latin-1."""
    try:
        return value.decode("utf-8").strip("\0")
    except UnicodeDecodeError:
        return value.decode("latin-1").strip("\0")

"""What the catalogue says of records: their variables, flag scales and sources."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from catalogs.entry import Entry


class Variable(Entry):
    """One variable of the record model."""

    name: str
    standard_name: str
    long_name: str
    units: str
    dtype: Literal["float32", "float64"] = "float32"


class FlagScheme(Entry):
    """A flag scale, and what each of its flags is in Argo reference table 2 (``kernels.flags.Flag``)."""

    name: str
    title: str
    reference: str
    meanings: Mapping[str, str]
    to_argo: Mapping[str, Annotated[int, Field(ge=0, le=9)]]

    @model_validator(mode="after")
    def _every_flag_is_mapped(self) -> "FlagScheme":
        if set(self.meanings) != set(self.to_argo):
            odd = sorted(set(self.meanings) ^ set(self.to_argo))
            raise ValueError(f"flags {odd} are not both explained (meanings) and mapped (to_argo)")
        return self


class Source(Entry):
    """Where records come from, which files they are, and what their names mean."""

    name: str
    title: str
    reference: str
    licence: str
    reader: str
    """Module under ``flows/readers`` whose ``open_records`` reads one file."""
    addressed_by: Literal["file", "month"] = "file"
    """``month``: any month can be opened on its own; nothing is staged."""
    files: tuple[str, ...] = ()
    """Regular expressions on the file name (not its folder)."""
    skip: Mapping[str, str] = {}
    """Regular expression on the file name: why such files are left aside."""
    flag_scheme: str = "argo"
    variables: Mapping[str, str] = {}
    """Name in the file: name in the record model."""
    platform_type: Mapping[str, str] = {}
    """What the file says: In Situ TAC platform type (PF, XB, CT, MO ...)."""
    options: Mapping[str, Any] = {}

"""One test of a procedure as the catalogue describes it."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from catalogs.entry import Entry

Number = int | float
Parameter = Number | tuple[Number, ...]


class ProcedureTest(Entry):
    """One test of a procedure: for which variables, where, with which parameters and which flag."""

    test: str
    id: str
    """Name of its bit in the masks; unique in the procedure."""
    number: int | None = None
    """Number in the manual, where it has one."""
    variables: Mapping[str, Mapping[str, Parameter]]
    """Variable, ``TIME`` or ``POSITION``: parameters of the test. A list is a table."""
    also: tuple[str, ...] = ()
    """Variables that share the outcome (a bad pressure, or position, spoils what was measured there)."""
    region: str | None = None
    platform_types: tuple[str, ...] = ()
    layer: tuple[float, float] | None = None
    """dbar: only values from the first on and above the second are tested."""
    flag: Annotated[int, Field(ge=2, le=4)] = 4
    note: str = ""

"""Units as files spell them."""

import pytest

from catalogs.schema import variables
from flows.readers.units import ACCEPTED, conversion


@pytest.mark.parametrize(
    ("variable", "unit", "expected"),
    [
        ("TEMP", "degree_Celsius", (1, 0)),
        ("TEMP", " Degrees C ", (1, 0)),
        ("TEMP", "kelvin", (1, -273.15)),
        ("TEMP", "degree_F", None),
        ("PRES", "decibar", (1, 0)),
        ("PRES", "Pa", (1e-4, 0)),
        ("PRES", "MPa", (100, 0)),
        ("PRES", "mPa", None),
        ("PRES", "m", None),
        ("DEPH", "meters", (1, 0)),
        ("PSAL", "0.001", (1, 0)),
        ("PSAL", "psu", (1, 0)),
        ("PSAL", "g kg-1", None),
        ("PHPH", "1", (1, 0)),
        ("PHPH", "psu", None),
        ("DOXY", "micromole/kg", (1, 0)),
        ("DOXY", "µmol kg-1", (1, 0)),
        ("DOXY", "ml l-1", None),
        ("DOXY", "mmol m-3", None),
        ("CHLA", "mg/m3", (1, 0)),
    ],
)
def test_conversion__spellings(variable: str, unit: str, expected: tuple[float, float] | None) -> None:
    assert conversion(variable, unit, variables()[variable].units) == expected


def test_conversion__every_parameter_has_spellings_of_its_unit() -> None:
    parameters = set(variables()) - {"TIME", "LATITUDE", "LONGITUDE"}
    assert {
        v for v in parameters if conversion(v, variables()[v].units, variables()[v].units) != (1, 0)
    } == set()
    assert all(spelling == spelling.lower() for table in ACCEPTED.values() for spelling in table)

"""Spellings of the units that files carry, and how each leads to the canonical unit.

A unit that needs something else than a factor and an offset (oxygen in ml/l needs a density) is not here:
such a variable is left out with a note.
"""

import re

Conversion = tuple[float, float]
"""Factor and offset: canonical = value * factor + offset."""
SAME: Conversion = (1.0, 0.0)
FROM_IPTS_68: Conversion = (1 / 1.00024, 0.0)
"""To ITS-90, between -2 and 40 degree Celsius: Saunders (1990), WOCE Newsletter 10."""

_AMOUNT = {
    "umol kg-1": SAME,
    "umol/kg": SAME,
    "umole/kg": SAME,
    "micromol kg-1": SAME,
    "micromol/kg": SAME,
    "micromole/kg": SAME,
    "micromoles/kg": SAME,
    "micromole kg-1": SAME,
    "mmol kg-1": (1e3, 0.0),
    "mol kg-1": (1e6, 0.0),
    "nmol kg-1": (1e-3, 0.0),
}
_NUMBER = {"1": SAME, "": SAME, "dimensionless": SAME, "none": SAME}

ACCEPTED: dict[str, dict[str, Conversion]] = {
    "dbar": {
        "dbar": SAME,
        "decibar": SAME,
        "decibars": SAME,
        "dbars": SAME,
        "db": SAME,
        "bar": (10.0, 0.0),
        "mbar": (0.01, 0.0),
        "millibar": (0.01, 0.0),
        "hpa": (0.01, 0.0),
        "hectopascal": (0.01, 0.0),
        "pa": (1e-4, 0.0),
        "pascal": (1e-4, 0.0),
        "kpa": (0.1, 0.0),
        "mpa": (100.0, 0.0),
    },
    "m": {
        "m": SAME,
        "meter": SAME,
        "meters": SAME,
        "metre": SAME,
        "metres": SAME,
        "km": (1e3, 0.0),
        "cm": (0.01, 0.0),
    },
    "degree_Celsius": {
        "degree_celsius": SAME,
        "degrees_celsius": SAME,
        "degree celsius": SAME,
        "degrees celsius": SAME,
        "deg celsius": SAME,
        "degree_c": SAME,
        "degrees_c": SAME,
        "degree c": SAME,
        "degrees c": SAME,
        "deg_c": SAME,
        "deg c": SAME,
        "degc": SAME,
        "°c": SAME,
        "celsius": SAME,
        "c": SAME,
        "its-90": SAME,
        "its90": SAME,
        "ipts-68": FROM_IPTS_68,
        "its-68": FROM_IPTS_68,
        "ipts68": FROM_IPTS_68,
        "kelvin": (1.0, -273.15),
        "kelvins": (1.0, -273.15),
        "degree_kelvin": (1.0, -273.15),
        "degrees_kelvin": (1.0, -273.15),
        "k": (1.0, -273.15),
    },
    # practical salinity has no unit: every spelling below stands for the same number
    "psal": _NUMBER
    | {
        "psu": SAME,
        "pss": SAME,
        "pss-78": SAME,
        "pss78": SAME,
        "practical salinity unit": SAME,
        "practical_salinity_unit": SAME,
        "0.001": SAME,
        "1e-3": SAME,
        "1e-03": SAME,
    },
    "umol kg-1": _AMOUNT,
    "mg m-3": {
        "mg m-3": SAME,
        "mg/m3": SAME,
        "mg/m^3": SAME,
        "milligram/m3": SAME,
        "milligram m-3": SAME,
        "ug l-1": SAME,
        "ug/l": SAME,
        "microgram/l": SAME,
        "kg m-3": (1e6, 0.0),
        "g m-3": (1e3, 0.0),
    },
    "1": _NUMBER | {"ph": SAME, "ph_units": SAME, "ph units": SAME, "ph unit": SAME},
}


def conversion(variable: str, unit: str, canonical: str) -> Conversion | None:
    """How a unit as spelled in a file leads to the canonical unit; None where it does not.

    Parameters
    ----------
    variable : name in the record model.
    unit : the text in the file.
    canonical : unit of the variable in ``catalogs/variables.yaml``.
    """
    spelling = re.sub(r"\s+", " ", unit.strip()).replace("µ", "u").replace("μ", "u")
    table = ACCEPTED["psal" if variable == "PSAL" else canonical]
    known = table.get(spelling.lower())
    # a capital M is mega: MPa is 10,000 times hPa, and mPa is nothing we know
    return None if spelling.startswith("mPa") else known

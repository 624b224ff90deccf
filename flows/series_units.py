"""Units of published series: how each is spelt, and how one leads to another.

Only scales: what is combined are anomalies, so degrees Celsius and kelvin are the same. A quantity per area
becomes a total with the area that it stands for. The units of records are in ``flows.readers.units``.
"""

import re
from typing import NamedTuple

PREFIXES = {
    "": 1.0, "u": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Z": 1e21, "Y": 1e24,
}  # fmt: skip
SYMBOLS = {
    "J": ("J", "joule", "joules"),
    "m": ("m", "metre", "metres", "meter", "meters"),
    "K": ("K", "kelvin", "degC", "degree_C", "degrees_C", "degree_Celsius", "degrees_Celsius", "°C"),
    "g": ("g",),
    "mol": ("mol",),
    "1": ("1",),
}
"""Unit as ours call it: spellings; those of more than two letters in any case."""
WITH_PREFIX = ("J", "m", "g", "mol")
_FACTOR = r"(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|10(?:\^|\*\*)(?P<power>[+-]?\d+))\s*[*x]?\s*"
_PATTERN = re.compile(
    rf"(?:{_FACTOR})??(?P<unit>[^\W\d]+|°C|(?<!\d)1)(?P<per>\s*/\s*m\^?2|\s+m(?:\^|\*\*)?-2)?"
)


class Unit(NamedTuple):
    """A number of one of ``SYMBOLS``, in all or per square metre."""

    factor: float
    symbol: str
    per_area: bool


def parse(units: str) -> Unit | None:
    """A unit as a file spells it: ``ZJ``, ``1e22 J``, ``10^22 Joules``, ``GJ m-2``; None where unknown."""
    match = _PATTERN.fullmatch(re.sub(r"\s+", " ", units.strip()).replace("µ", "u"))
    if not match:
        return None
    times = float(match["number"]) if match["number"] else 10.0 ** int(match["power"] or 0)
    found = _symbol(match["unit"])
    return Unit(times * found[0], found[1], match["per"] is not None) if found and times > 0 else None


def _symbol(text: str) -> tuple[float, str] | None:
    for symbol, spellings in SYMBOLS.items():
        for spelling in spellings:
            if text == spelling or (len(spelling) > 2 and text.lower() == spelling.lower()):
                return 1.0, symbol
    for symbol in WITH_PREFIX:
        prefix = text.removesuffix(symbol)
        if prefix != text and prefix in PREFIXES:
            return PREFIXES[prefix], symbol
    return None


def factor(units: str, wanted: str, area: float | None, where: str) -> float:
    """By what values in ``units`` are multiplied to be in ``wanted``.

    Parameters
    ----------
    area : m2 that a value per area stands for, where it is known.
    where : the file and column, for the error.

    Raises
    ------
    ValueError
        for a unit that is not known, that measures something else, or that needs an area that is not known.
    """
    of, to = parse(units), parse(wanted)
    for unit, spelt in ((of, units), (to, wanted)):
        if unit is None:
            raise ValueError(
                f"{where}: the unit {spelt!r} is not known; known are {', '.join(SYMBOLS)} and degC, with a "
                "prefix (ZJ, mm) or a factor (1e22 J), in all or per area (J m-2)"
            )
    assert of is not None
    assert to is not None
    if of.symbol != to.symbol:
        raise ValueError(f"{where}: values in {units} cannot be converted to {wanted}")
    if of.per_area == to.per_area:
        return of.factor / to.factor
    if area is None:
        raise ValueError(
            f"{where}: values in {units} need an area to be converted to {wanted}, and none is stated: give "
            "area (m2) of the product in the recipe, or a column area_m2"
        )
    return of.factor / to.factor * (area if of.per_area else 1 / area)

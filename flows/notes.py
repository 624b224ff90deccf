"""Why an indicator has no value: a reason beside every NaN."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogs.schema import Indicator, Region

Array = NDArray[Any]


def monthly_notes(monthly: dict[str, Array], area: Array, indicator: Indicator, region: Region) -> Array:
    """Why each month has no value: (month,) text, empty where it has one.

    Parameters
    ----------
    monthly : of ``flows.indicators.series``.
    area : ocean area of the region's boxes.
    """
    n_out = monthly["monthly_n_excluded"]
    why = [_why(int(n), float(area.sum()), indicator, region) for n in n_out]
    return np.where(np.isfinite(monthly["monthly_value"]), "", np.array(why, dtype=str))


def _why(n_excluded: int, area: float, indicator: Indicator, region: Region) -> str:
    if not area > 0:
        least = region.minimum_bottom_depth
        return "the region holds no ocean" + (f" of {least:g} m and more" if least else "")
    if not n_excluded:
        return "no profile with usable values"
    return f"none of {n_excluded} profiles can be used: {_what_they_lack(indicator)}"


def _what_they_lack(indicator: Indicator) -> str:
    top, bottom = indicator.layer
    if indicator.quantity == "value_at_depth":
        return f"none has levels around {top:g} m and a climatology there"
    if indicator.threshold is not None:
        said = indicator.quantity.replace("_", " ")
        return f"none shows a {said} within {top:g}-{bottom:g} m in a box with a mean of the calendar month"
    least = f"each covers less than {100 * indicator.minimum_coverage:g} % of {top:g}-{bottom:g} m"
    if indicator.relative_to == "climatology":
        return f"{least} or has no climatology there"
    return f"{least} or its box has no mean of the calendar month"


def yearly_notes(value: Array, n_months: Array, minimum: int) -> Array:
    """Why each year has no value: (year,) text, empty where it has one."""
    why = [f"{n} months with a value, fewer than {minimum}" for n in n_months.astype(int)]
    return np.where(np.isfinite(value), "", np.array(why, dtype=str))

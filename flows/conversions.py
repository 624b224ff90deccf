"""Ocean heat content in the units that it is published in, with the area that they refer to.

The fluxes of Copernicus Marine are per ocean area between 60S and 60N, those of IPCC and GCOS per area of the
Earth: a ratio of about 1.6 for the same heat.
"""

from typing import Any

from numpy.typing import NDArray

from catalogs.schema import Indicator
from kernels.indicators.heat_content import EARTH_AREA, flux_of_trend

Array = NDArray[Any]


def converted(out: dict[str, Any], area: Array, indicator: Indicator) -> dict[str, Any]:
    """Ocean heat content as a total and its trends as a total and as fluxes, each with its reference area."""
    if indicator.quantity != "ocean_heat_content":
        return {}
    more: dict[str, Any] = {}
    for name in ("trend", "trend_low", "trend_high"):
        for unit, values in trends_in_other_units(out[name][1], area).items():
            about = {"long_name": out[name][2]["long_name"]} | CONVERTED[unit]
            more[name.replace("trend", f"trend_{unit}")] = ("region", values, about)
    for period in ("monthly", "yearly"):
        for name, total in (("value", "total"), ("standard_error", "total_standard_error")):
            dims, values, attrs = out[f"{period}_{name}"]
            about = {"long_name": f"{attrs['long_name']}, times the ocean area of the region", "units": "ZJ"}
            more[f"{period}_{total}"] = (dims, values * area[:, None] / 1e21, about)
    return more


CONVERTED: dict[str, dict[str, Any]] = {
    "flux": {
        "units": "W m-2",
        "comment": "Per ocean area of the region (variable area), not per area of the Earth",
    },
    "flux_earth": {
        "units": "W m-2",
        "comment": f"Per area of the Earth, {EARTH_AREA:g} m2, as IPCC and GCOS state it",
        "reference_area": EARTH_AREA,
    },
    "total": {"units": "ZJ year-1", "comment": "Trend times the ocean area of the region"},
}
"""What trends of ocean heat content are stated in besides J m-2 year-1: ending of the name, attributes."""


def trends_in_other_units(trend: Array, area: Array) -> dict[str, Array]:
    """Trends (region) in J m-2 per year as ``CONVERTED`` has them; ``area`` of the regions in m2."""
    return {
        "flux": flux_of_trend(trend, 1.0),
        "flux_earth": flux_of_trend(trend * area),
        "total": trend * area / 1e21,
    }

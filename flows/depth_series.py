"""Indicators at several depths taken together: along depth, and the sections made of them.

An indicator of the catalogue with ``depths`` is one indicator a depth in a version (``temp_at_100``); here
they come together again under its own name (``temp_at``).
"""

import xarray as xr

from catalogs.schema import Indicator, load, names
from flows.collection import Reading


def own_name(indicator: str) -> str:
    """Name under which the catalogue has an indicator: ``temp_at`` of ``temp_at_100``."""
    known, of = names("indicators"), indicator.rpartition("_")[0]
    return of if indicator not in known and of in known else indicator


def depths_of(reading: Reading, name: str) -> dict[float, str]:
    """Depth (m): indicator of a version, for an indicator with depths; empty for any other."""
    if name not in names("indicators"):
        return {}
    there = set(reading.groups("indicators"))
    each = load(Indicator, name)
    return {i.layer[0]: i.name for i in each.each() if i.name in there} if each.depths else {}


def along_depth(reading: Reading, name: str) -> xr.Dataset:
    """The indicators of a version at each depth of ``name``, along ``depth``."""
    depths = depths_of(reading, name)
    parts = [reading.dataset(f"indicators/{n}") for n in depths.values()]
    depth = xr.DataArray(
        list(depths), dims="depth", name="depth", attrs={"units": "m", "positive": "down", "axis": "Z"}
    )
    together = xr.concat(parts, depth, data_vars="all", coords="minimal", compat="override", join="override",
                         combine_attrs="override")  # fmt: skip
    layer = f"{min(depths):g}-{max(depths):g} m"
    about = {"indicator": name, "title": load(Indicator, name).title, "layer": layer}
    return together.assign(area=parts[0]["area"]).assign_attrs(about)


def sections_of(reading: Reading) -> dict[str, str]:
    """Sections that a version holds: name, and the indicator with depths that each is made of."""
    there = reading.groups("indicators")
    return {name: _made_of(reading, name) for name in reading.ledger("sections") if name in there}


def _made_of(reading: Reading, section: str) -> str:
    return str(reading.dataset(f"indicators/{section}", ()).attrs.get("of", ""))


def section_by_latitude(reading: Reading, indicator: str) -> xr.Dataset:
    """The section by depth and latitude that a version holds of an indicator with depths.

    Raises
    ------
    ValueError
        where it holds none, or more than one; says which sections it has.
    """
    made = sections_of(reading)
    found = [reading.dataset(f"indicators/{name}") for name, of in made.items() if of == indicator]
    by_latitude = [one for one in found if "latitude" in one.dims]
    if len(by_latitude) == 1:
        return by_latitude[0]
    listed = ", ".join(f"{name} (of {of})" if of else name for name, of in made.items())
    if by_latitude:
        names_of = ", ".join(str(one.attrs["indicator"]) for one in by_latitude)
        raise ValueError(f"there are several sections by latitude of {indicator}: name one of {names_of}")
    raise ValueError(f"this version has no section by latitude of {indicator}; sections: {listed or 'none'}")

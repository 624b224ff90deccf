"""What is printed with a figure of an indicator in a region: conventions, reasons, trends, names."""

import numpy as np
import xarray as xr

from catalogs.schema import CatalogueError, Region, load
from flows.figures.series import Slope
from flows.figures.style import Caption


def caption_of(one: xr.Dataset, version: str) -> Caption:
    """Words of a figure of an indicator in one region: every convention that its numbers depend on."""
    about = one.attrs
    region = region_title(str(one["region"].values))
    where = f"Area {area_text(float(one['area']))}" if "area" in one else ""
    first = (
        f"Version {version or 'not released'}",
        f"relative to {about.get('reference_period', 'no period')} ({about.get('baseline', 'no baseline')})",
        f"{where}: {about['area']}" if "area" in about else where,
    )
    methods = [f"{what}: {about[k]}." for what, k in _METHODS if about.get(k)]
    note = str(one["trend_note"].values) if "trend_note" in one and "depth" not in one.dims else ""
    lines = (
        ". ".join(sentence(p, "") for p in first if p) + ".",
        f"Convention: {about['convention']}.",
        *methods,
        f"Trend {note}." if note.startswith("no") else f"No trend: {note}." if note else "",
    )
    return Caption(about["title"], region, tuple(line for line in lines if line), missing_reason(one))


_METHODS = (("Errors", "standard_error"), ("Trend", "trend_method"), ("Its interval", "trend_interval"),
            ("Significance", "significance"))  # fmt: skip


def missing_reason(one: xr.Dataset) -> str:
    """Why an indicator has no value in a region."""
    for name in ("note", "monthly_note", "yearly_note"):
        said = [s for s in np.unique(one[name].values) if s] if name in one else []
        if said:
            return "; ".join(map(str, said[:3]))
    if "area" in one and float(one["area"]) == 0:
        return "the region holds no ocean"
    used, excluded = (int(one[f"monthly_{n}"].sum()) if f"monthly_{n}" in one else 0
                      for n in ("n_profiles", "n_excluded"))  # fmt: skip
    if not used and excluded:
        return f"none of the {excluded} columns covers enough of the layer, or has a climatology"
    return "no record in the region" if not used else "no year has enough months"


def region_title(name: str) -> str:
    """Title of a region; its name where the catalogue has lost it."""
    region = region_of(name)
    return region.title if region else name


def region_of(name: str) -> Region | None:
    """A region of the catalogue; None where the catalogue has lost it."""
    try:
        return load(Region, name)
    except CatalogueError:
        return None


def slope_of(one: xr.Dataset) -> Slope | None:
    """Trend of an indicator in one region as it is printed: heat content in W m-2."""
    name = "trend_flux" if "trend_flux" in one else "trend"
    if name not in one or not np.isfinite(one[name]):
        return None
    year, printed, low, high = (float(one[k]) for k in ("trend", name, f"{name}_low", f"{name}_high"))
    return Slope(year, printed, low, high, one[name].attrs["units"])


def area_text(square_metres: float) -> str:
    """An area as it is printed, in square metres."""
    if square_metres <= 0 or not np.isfinite(square_metres):
        return "0 m^2"
    power = int(np.floor(np.log10(square_metres)))
    return f"{square_metres / 10**power:.3g} x 10^{power} m^2"


def lowered(title: str) -> str:
    """A title within a sentence; acronyms stay."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def sentence(text: str, end: str = ".") -> str:
    """Text with a capital and one full stop at most."""
    text = text.strip().rstrip(".")
    return text[:1].upper() + text[1:] + end if text else ""

"""Every quantity that the synthetic ocean determines: what is made from its casts holds the truth."""

import numpy as np
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Grid, Indicator, Region, Selection, Source, load
from flows.climatology import accumulate, fit, merge
from flows.columns import boxes
from flows.indicators import indicator_dataset
from flows.readers.synthetic import open_records, truth
from kernels.synthetic.month import FAULTS

BOXES, CLIMATOLOGY, GLOBE = load(Grid, "boxes_5x10"), load(Grid, "climatology_5deg"), "global_60s_60n"
QUIET = "&".join(f"{fault}=0" for fault in FAULTS)
YEARS = (2007, 2012)
RMS = {
    "ohc_potential_0_700": 1.7,
    "ohc_teos10_0_700": 1.7,
    "hasl_0_700": 1.7,
    "salt_0_700": 1.7,
    "fwc_0_300": 1.7,
    "fwc_34_8_0_500": 1.7,
    "n2_0_200": 1.7,
    "temp_at_100": 1.7,
    "psal_at_1000": 1.7,
    # temperature and salinity of the eddies cancel in it, but the errors of their climatologies do not
    "stsl_0_700": 2.2,
}
"""Largest root mean square of (value - truth) / standard error over 72 months of one ocean. It would be 1 if
months were independent and the error complete; it is that by sampling alone, and a climatology from some 14
casts a cell adds nearly as much (the ensemble of a campaign counts it)."""


def month_of_ocean(year, month):
    url = f"synthetic://ocean/{year}/{month:02d}?seed=3&profiles=400&{QUIET}"
    records = open_records(url, load(Source, "synthetic"))[0]
    rows = {"row_size": records.row_size} | records.rows
    flags = {f"{v}_QC": np.ones(len(records.obs["TEMP"]), np.uint8) for v in ("TEMP", "PSAL", "PRES", "DEPH")}
    return xr.Dataset(
        {k: ("profile", v) for k, v in rows.items()}
        | {k: ("obs", v) for k, v in (records.obs | flags).items()}
    )


@pytest.fixture(scope="module")
def averaged():
    indicators, region = [load(Indicator, name) for name in RMS], [load(Region, GLOBE)]
    months = np.arange(f"{YEARS[0]}-01", f"{YEARS[1] + 1}-01", dtype="M8[M]")
    parts = [month_of_ocean(*map(int, str(m).split("-"))) for m in months]
    climatology = fit(merge(accumulate(p, CLIMATOLOGY, Selection()) for p in parts), CLIMATOLOGY, YEARS)
    by_month = [boxes(p, climatology, BOXES, indicators, Selection(), region) for p in parts]
    return xr.concat(by_month, xr.DataArray(months.astype("M8[ns]"), dims="month", name="month"))


@pytest.mark.parametrize("name", RMS)
def test_indicator_dataset__stated_errors_are_those_made(averaged, name):
    indicator = load(Indicator, name)
    one = indicator_dataset(averaged, indicator, [load(Region, GLOBE)], BOXES, land_class(), YEARS).isel(
        region=0
    )
    true = truth(indicator, one["month"].values.astype("M8[M]"), YEARS)
    z = (one["monthly_value"].values - true) / one["monthly_standard_error"].values
    assert 0.5 < np.sqrt(np.mean(z**2)) < RMS[name]
    assert np.mean(np.abs(z) < 1.96) > (0.75 if RMS[name] < 2 else 0.6)
    assert (one["monthly_note"] == "").all()

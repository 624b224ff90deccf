"""Sampling error by subsampling, on boxes that are drawn: as large as it is stated to be, and where it is."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Grid, Indicator, Region, load
from flows.columns import region_boxes
from flows.indicators import indicator_dataset
from flows.subsampling import epochs_of
from flows.tables import subsampling_rows

BOXES = load(Grid, "boxes_5x10")
HEAT = load(Indicator, "ohc_0_700")
SEA = Region(name="sea", title="A sea", reference="test", latitude=(-20, 20), longitude=(-60, 20))
FAR = Region(name="far", title="Never sampled", reference="test", latitude=(-40, -30), longitude=(170, -170))
WATER = np.zeros((2160, 4320), np.uint8)
PERIOD = (1990, 2009)
MONTHS = np.arange("1990-01", "2010-01", dtype="M8[M]")
SPREAD = 8e8


def drawn(seed: int, parts: tuple[float, float] = (0.1, 0.7), months: np.ndarray = MONTHS) -> xr.Dataset:
    """Boxes without any signal: one to four samples in some of them, in more of them in the second half."""
    rng = np.random.default_rng(seed)
    cells = region_boxes((SEA, FAR), BOXES)
    shape = (1, months.size, cells.sizes["cell"])
    part = np.where(np.arange(months.size) < months.size // 2, *parts)[:, None]
    n = np.where(rng.uniform(size=shape) < part, rng.integers(1, 5, shape), 0)
    n[..., cells["region"].values == "far"] = 0
    samples = np.where(
        np.arange(4)[:, None, None, None] < n, SPREAD * rng.standard_normal((4, *shape)), np.nan
    )
    total = np.where(n > 0, n, np.nan)
    mean = np.nansum(samples, axis=0) / total
    variance = np.nansum((samples - mean) ** 2, axis=0) / np.where(n > 1, n - 1, np.nan)
    of_boxes = {"mean": mean, "variance": variance, "coverage": np.where(n > 0, 1.0, np.nan), "n_samples": n}
    of_boxes |= {"n_profiles": n, "n_partial": 0 * n, "n_excluded": 0 * n}
    coordinates = {"indicator": [HEAT.name], "month": months.astype("M8[ns]")} | dict(cells.coords)
    dims = ("indicator", "month", "cell")
    return xr.Dataset({k: (dims, v) for k, v in of_boxes.items()}, coordinates)


def result(boxes: xr.Dataset, mapping: str = "space_time") -> xr.Dataset:
    arguments = (boxes, HEAT, (SEA, FAR), BOXES, WATER, PERIOD, "test")
    return indicator_dataset(*arguments, mapping=mapping, subsampling=True)


@pytest.mark.parametrize("mapping", ["space_time", "gauss_markov"])
def test_subsampled__is_as_large_as_stated(mapping: str) -> None:
    found = [result(drawn(seed), mapping).sel(region="sea", epoch="1990-1999") for seed in range(4)]
    made, stated = (
        np.sqrt(np.mean([float(f[f"subsampling_{name}"]) ** 2 for f in found]))
        for name in ("error", "stated_error")
    )
    assert 0.75 < made / stated < 1.35
    assert all(570 < f["subsampling_n_months"] <= 600 for f in found), "five thinnings of ten years"
    assert all(0.05 < f["subsampling_fraction"] < 0.1 for f in found), "a tenth of seven tenths"
    assert {str(f["subsampling_dense_epoch"].values) for f in found} == {"2000-2009"}


def test_subsampled__means_of_boxes_lie_as_far_off_as_their_scatter_makes_them() -> None:
    """By area alone: the variance of a mean of few samples, less that of one of many; none is stated."""
    found = [result(drawn(seed, (0.15, 1.0)), "area_weighted") for seed in range(4)]
    one = xr.concat([f.sel(region="sea", epoch="1990-1999") for f in found], "seed")
    assert np.isnan(one["subsampling_stated_error"]).all()
    of_box = SPREAD**2 * np.mean([1, 1 / 2, 1 / 3, 1 / 4])
    n_box = float((region_boxes((SEA,), BOXES)["latitude"]).size)
    expected = np.sqrt(of_box * (1 / (0.15 * n_box) - 1 / n_box))
    assert np.sqrt((one["subsampling_error"] ** 2).mean()) == pytest.approx(expected, rel=0.25)


def test_subsampled__all_boxes_of_all_times_leave_no_error() -> None:
    """Where the other epoch has every box, with as many samples, nothing is thinned."""
    boxes = drawn(0, (1.0, 1.0))
    same = boxes.assign({k: boxes[k].where(False, 4) for k in ("n_samples", "n_profiles")})
    out = result(same, "gauss_markov").sel(region="sea")
    dense = str(out["subsampling_dense_epoch"].values)
    other = out.drop_sel(epoch=dense)
    assert float(other["subsampling_error"].max()) < 1e-9 * SPREAD
    assert np.isnan(out["subsampling_error"].sel(epoch=dense))


def test_subsampled__regions_without_records_and_short_series_have_none() -> None:
    out = result(drawn(0))
    assert np.isnan(out["subsampling_error"].sel(region="far")).all()
    assert out["subsampling_dense_epoch"].sel(region="far") == ""
    rows = subsampling_rows(out, "2026.11")
    where = [(r["region"], r["epoch"], r["thinned_epoch"], r["note"]) for r in rows]
    nowhere = [("far", epoch, "", "no records") for epoch in ("1990-1999", "2000-2009")]
    assert where == [("sea", "1990-1999", "2000-2009", ""), *nowhere]
    assert rows[0]["units"] == "J m-2"
    short = result(drawn(0, months=MONTHS[:30]))
    assert short.sizes["epoch"] == 0
    assert subsampling_rows(short, "2026.11") == []


def test_epochs_of__are_of_nearly_equal_length() -> None:
    of = [f"{e[0]}-{e[-1]}" for e in epochs_of(np.arange("1990-06", "2021-01", dtype="M8[M]"))]
    assert of == ["1990-2000", "2001-2010", "2011-2020"]
    assert [len(e) for e in epochs_of(MONTHS[:60])] == [3, 2]
    assert epochs_of(MONTHS[:36]) == []

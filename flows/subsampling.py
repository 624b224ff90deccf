"""Sampling error of regional means by subsampling: the best sampled years through the eyes of the others.

The calendar of a series is cut into epochs of about ten years. The boxes of the epoch with most of the area
sampled are thinned to those that each other epoch had, and given the scatter that its fewer samples would
have made; how far the means then lie from those of all boxes is what the other epoch's sampling costs. From
full to thinned an estimate of least error moves by the difference of its two error variances: measured and
stated beside each other check the standard errors on records whose truth nobody knows.

References
----------
Cheng, L. et al., 2017: Improved estimates of ocean heat content from 1960 to 2015. Science Advances 3,
e1601545 (from memory, not checked): fields of Argo years sampled where the casts of earlier years were.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from catalogs.schema import Grid
from flows.regional_means import Estimate, InTime, estimates_of
from kernels.compiled import Array

YEARS = 10
"""About the length of an epoch."""
FEWEST_YEARS = 4
"""Of a series that is cut into epochs at all."""
DRAWS = 5
"""Thinnings by the sampling of one epoch: its years are shifted against those of the dense one, and scatter
is drawn anew."""
NAMES = ("subsampling_error", "subsampling_stated_error", "subsampling_fraction", "subsampling_n_months")


class Thinned(NamedTuple):
    """Of one epoch: root mean square difference of thinned and full means, that which their standard errors
    state (NaN where they state none), part of the area that is sampled, and months compared in all draws."""

    error: float
    stated: float
    fraction: float
    n: int


NOTHING = Thinned(np.nan, np.nan, np.nan, 0)


def subsampled(
    samples: Sequence[dict[str, Array]],
    month: Array,
    grid: Grid,
    mapping: str,
    units: str,
    a_priori: xr.DataArray | None = None,
) -> xr.Dataset:
    """Sampling error of the monthly means of each region with the sampling of each epoch.

    Parameters
    ----------
    samples : of each region, see ``flows.regional_means.estimates_of``; with them ``n_samples`` (month, box).
    month : (n_month,) datetime64[M], successive.
    mapping, a_priori : as of ``flows.indicators.indicator_dataset``.
    units : of the values.

    Returns
    -------
    errors : ``NAMES`` (region, epoch) and ``subsampling_dense_epoch`` (region): the epoch that was thinned,
        of which there is no error. Without epochs if the series is too short.
    """
    epochs = epochs_of(month)
    names = np.array([f"{e[0]}-{e[-1]}" for e in epochs], dtype="U9")
    found, dense_epoch = [], []
    for sampled, estimate in zip(samples, estimates_of(samples, grid, mapping, a_priori), strict=True):
        dense = _densest(sampled, month, epochs)
        found.append([_thinned(sampled, month, epochs, k, dense, estimate) for k in range(len(epochs))])
        dense_epoch.append("" if dense is None else str(names[dense]))
    of = np.array(found, np.float64).reshape(len(samples), len(epochs), len(Thinned._fields))
    meaning = (
        "Root mean square difference between monthly means from thinned and from all boxes (subsampling)",
        "The same as the standard errors of both state it",
        "Part of the ocean area of the region that is sampled after thinning",
        "Months compared, in all thinnings",
    )
    out: dict[str, Any] = {
        name: (("region", "epoch"), of[..., k], {"long_name": meaning[k], "units": units if k < 2 else "1"})
        for k, name in enumerate(NAMES)
    }
    out[NAMES[-1]] = (("region", "epoch"), of[..., -1].astype(np.int64), out[NAMES[-1]][2])
    told = {"long_name": "Epoch whose boxes were thinned to those of the others"}
    out["subsampling_dense_epoch"] = ("region", np.array(dense_epoch, dtype="U9"), told)
    return xr.Dataset(out, {"epoch": names})


def epochs_of(month: Array) -> list[Array]:
    """Calendar years of each epoch, of nearly equal lengths; none where the series is too short."""
    years = np.unique(_year(month))
    if len(years) < FEWEST_YEARS:
        return []
    return np.array_split(years, max(2, round(len(years) / YEARS)))


def _year(month: Array) -> Array:
    return month.astype("M8[Y]").astype(np.int64) + 1970


def _densest(sampled: dict[str, Array], month: Array, epochs: Sequence[Array]) -> int | None:
    """The epoch with the largest part of area and time sampled; None without any."""
    if not epochs or not np.isfinite(sampled["mean"]).any():
        return None
    there = np.isfinite(sampled["mean"]) @ sampled["area"]
    return int(np.argmax([there[np.isin(_year(month), e)].sum() / len(e) for e in epochs]))


def _thinned(
    sampled: dict[str, Array],
    month: Array,
    epochs: Sequence[Array],
    epoch: int,
    dense: int | None,
    estimate: Estimate,
) -> Thinned:
    if dense is None or epoch == dense:
        return NOTHING
    block = _rows(sampled, _place(month, epochs[dense]))
    full = estimate(block)
    there = _rows({"n_samples": sampled["n_samples"]}, _place(month, epochs[epoch]))["n_samples"]
    rng = np.random.default_rng(int(epochs[epoch][0]))
    noise = estimate.share.noise if isinstance(estimate, InTime) else 1.0
    squares, stated, fraction = [], [], []
    for draw in range(DRAWS):
        # whole years are shifted, so that a season is thinned by the sampling of that season
        pattern = np.resize(np.roll(there, 12 * draw, axis=0), block["n_samples"].shape)
        one = _to(block, pattern, noise, rng)
        means = estimate(one)
        both = np.isfinite(means.value) & np.isfinite(full.value)
        squares.append((means.value - full.value)[both] ** 2)
        stated.append((means.standard_error**2 - full.standard_error**2)[both])
        fraction.append((np.isfinite(one["mean"]) @ one["area"] / one["area"].sum())[both])
    n = sum(map(len, squares))
    if not n:
        return NOTHING
    # the weights of area alone are no estimate of least error: its two errors do not subtract
    least = getattr(estimate, "mapping", "") != "area_weighted"
    mean = [float(np.concatenate(v).mean()) for v in (squares, stated, fraction)]
    return Thinned(mean[0] ** 0.5, max(mean[1], 0.0) ** 0.5 if least else np.nan, mean[2], n)


def _place(month: Array, years: Array) -> Array:
    """Place in the series of each month of whole years: -1 where the series has not begun or has ended."""
    of_years = np.arange(12 * (years[0] - 1970), 12 * (years[-1] - 1969))
    at = of_years - month.astype(np.int64)[0]
    return np.where((at >= 0) & (at < len(month)), at, -1)


def _rows(sampled: dict[str, Array], at: Array) -> dict[str, Array]:
    """Samples of some months; months beyond the series have none."""
    out = dict(sampled)
    for name in {"mean", "noise", "n_samples"} & set(sampled):
        empty = 0 if name == "n_samples" else np.nan
        out[name] = np.where((at >= 0)[:, None], sampled[name][at], empty)
    return out


def _to(block: dict[str, Array], n: Array, noise: float, rng: np.random.Generator) -> dict[str, Array]:
    """The boxes of a block that have samples in a pattern (month, box) too, each with no more than there."""
    own = block["n_samples"]
    kept = np.where((n > 0) & (own > 0), np.minimum(n, own), np.nan)
    fewer = block["single"] * (1 / kept - 1 / np.where(own > 0, own, 1))
    more = rng.standard_normal(own.shape) * np.sqrt(noise * np.maximum(fewer, 0.0))
    known = np.isfinite(kept)
    mean = np.where(known, block["mean"] + np.nan_to_num(more), np.nan)
    return block | {"mean": mean, "noise": np.where(known, block["single"] / kept, np.nan), "n_samples": kept}

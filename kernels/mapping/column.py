"""Mapping of one value per cast (heat content of a column), and means over regions.

A mean over a region is a sum ``a'x`` over its points, estimated by ``b'y`` from the casts ``y``, with
``b = W'a`` and W the weights of the analysis. Its error is that of ``sum_errors.error_covariance``.

The level of the whole field. With ``trend="none"`` the anomaly has mean 0 and what no cast covers counts
as 0, which draws regional means towards the background. ``trend="constant"`` estimates a level around each
point: weights add up to 1 and a shift of all casts shifts every mean by as much, but for points that have no
cast in reach. ``with_common_level`` gives what a region's weights lack of their sum to casts of another
choice, those of the global mean say: then every mean follows the level of all casts.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array
from kernels.mapping.barriers import Barriers
from kernels.mapping.covariance import Covariance
from kernels.mapping.objective import Casts, mapped_with_weights


class Column(NamedTuple):
    """Mapping of one value per cast.

    Parameters
    ----------
    estimate, error_variance : (n_point,) float32, as in ``objective.Analysis``.
    n_casts : (n_point,) uint16
    weight : (n_region, n_cast) of each cast in the weighted sum over each region's points; 0 where it has no
        value or is no neighbour of any point.
    """

    estimate: Array
    error_variance: Array
    n_casts: Array
    weight: Array


def map_column(
    latitude: Array,
    longitude: Array,
    time: Array | float,
    casts: Casts,
    covariance: Covariance,
    area: Array,
    neighbours: int = 40,
    trend: str = "none",
    barriers: Barriers | None = None,
) -> Column:
    """Analysis of one value per cast at points, and the weight of each cast in sums over regions.

    Parameters
    ----------
    casts : with ``value`` (n_cast, 1, 1); NaN where unknown.
    area : (n_region, n_point) weight of each point in the sum over each region: area over the region's area
        for a mean. Where values are anomalies over their a-priori standard deviation, times that of the
        point, and the sum is in the unit of the anomaly.

    Other parameters as of ``objective.analyse``.

    Raises
    ------
    ValueError
        as ``objective.analyse``; for several values per cast; where ``area`` does not match or is not finite.
    """
    if np.shape(casts.value)[1:] != (1, 1):
        raise ValueError(f"a column has one value per cast, (n_cast, 1, 1), not {np.shape(casts.value)}")
    weighing = np.ascontiguousarray(area, np.float64)
    if weighing.ndim != 2 or weighing.shape[1] != np.size(latitude):
        raise ValueError(f"area is (region, point) of {np.size(latitude)} points, not {weighing.shape}")
    if not np.isfinite(weighing).all():
        raise ValueError("area of some point is unknown; a point outside a region has the area 0")
    found, weight = mapped_with_weights(
        latitude, longitude, time, casts, covariance, weighing, neighbours, trend, barriers
    )
    estimate, error_variance, n_casts = (a[:, 0, 0] for a in found)
    return Column(estimate, error_variance, n_casts, weight)


def with_common_level(weight: Array, area: Array, common: Array) -> Array:
    """Weights of casts in regional sums when the level of the field is that of a common estimate.

    Parameters
    ----------
    weight : (n_region, n_cast) of ``Column``.
    area : (n_region, n_point) that they were made with, without any standard deviation.
    common : (n_cast,) weights of the estimate of the level, the global row of ``weight`` say; they are
        divided by their sum.

    Returns
    -------
    weight : (n_region, n_cast) with the sum of each region's area; as given where ``common`` is all 0.
    """
    total = common.sum()
    if not total > 0:
        return np.array(weight)
    lacking = area.sum(axis=1) - weight.sum(axis=1)
    return np.asarray(weight + lacking[:, None] * (common / total))

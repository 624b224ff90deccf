"""CODC-QC check 4: deeper than the bottom."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    bottom_depth: Array,
    from_bottom: Array,
    tolerance: Array,
    fraction: Array,
    south: float = -90.0,
    north: float = 90.0,
) -> tuple[Array, Array, Array]:
    """The depth, and the bottom with its tolerance."""
    k = np.searchsorted(from_bottom, bottom_depth, side="right") - 1
    tested = (k >= 0) & ~np.isnan(bottom_depth) & (latitude >= south) & (latitude <= north)
    k = np.clip(k, 0, from_bottom.size - 1)
    limit = bottom_depth + np.maximum(tolerance[k] + fraction[k] * bottom_depth, 0.0)
    limit = np.where(tested, limit, np.nan)[row_of_obs(row_start)].astype(depth.dtype)
    known = ~(np.isnan(value) | np.isnan(depth) | np.isnan(limit))
    return (
        np.where(known, depth, np.nan),
        np.where(known, -np.inf, np.nan),
        np.where(known, limit, np.nan),
    )


@qc_test(
    on="observation",
    measure=measure,
    quantity="depth and that of the bottom with its tolerance, m",
    reference="CODC-QC (Tan et al. 2023), check 4 (local bottom depth); IQuOD bottom check",
    example={"from_bottom": (0.0, 1000.0), "tolerance": (15.0, 80.0), "fraction": (0.05, 0.0)},
    tie=1e-3,
)
@compiled
def below_bottom(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    bottom_depth: Array,
    from_bottom: Array,
    tolerance: Array,
    fraction: Array,
    south: float = -90.0,
    north: float = 90.0,
) -> Array:
    """Values deeper than the bottom of the sea.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    latitude : (n_row,) degrees north; NaN where missing.
    bottom_depth : (n_row,) deepest bottom near the position, m, positive down; NaN where unknown.
    from_bottom, tolerance, fraction : (n,) where the bottom lies at ``from_bottom`` (increasing, m) or
        deeper, ``tolerance`` m and ``fraction`` of its depth are accepted below it; nothing where that is
        negative.
    south, north : the tolerances are for these latitudes, both included.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value, depth, position or bottom is unknown, where the bottom
        is shallower than the first ``from_bottom``, and at other latitudes.

    References
    ----------
    IQuOD (AutoQC): tolerance 0. CODC-QC, its manual: north of 60S 15 m + 5 % where the bottom is shallower
    than 1000 m (example), else 80 m; south of it 270 m - 37 %. Its code: 35 m + 8.7 % (to 15 m), 30 m + 8.7 %
    (to 1000 m), 80 m; south of 60S 270 m - 3.7 % (to 600 m), 80 m; and it fails the limit itself, and all of
    a profile on land. We leave land to the tests of the position. They compare with the nearest point of
    ETOPO1 or GEBCO; the catalogue's grid has the deepest point near the position, so that no slope fails a
    good cast.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        bottom, k = bottom_depth[row], -1
        if not (latitude[row] >= south and latitude[row] <= north):
            continue
        while k + 1 < from_bottom.size and bottom >= from_bottom[k + 1]:
            k += 1
        if k < 0:
            continue
        limit = depth.dtype.type(bottom + max(tolerance[k] + fraction[k] * bottom, 0.0))
        for i in range(row_start[row], row_start[row + 1]):
            unknown = np.isnan(value[i]) | np.isnan(depth[i])
            outcome[i] = 2 if unknown else depth[i] > limit
    return outcome

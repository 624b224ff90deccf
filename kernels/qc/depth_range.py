"""Range of values that occurs at a depth, from a table: GTSPP's profile envelope and CODC-QC check 5."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.registry import qc_test

STEPS, LINEAR, WIDER = 0.0, 1.0, 2.0
"""What holds between two rows of the table."""


def measure(
    value: Array,
    pressure: Array,
    depth: Array,
    from_depth: Array,
    minimum: Array,
    maximum: Array,
    by_pressure: float = 0.0,
    between: float = 0.0,
    limits_pass: float = 1.0,
) -> tuple[Array, Array, Array]:
    """The value and its limits at that depth."""
    z = (pressure if by_pressure else depth).astype(np.float64)
    k = np.searchsorted(from_depth, z, side="left") - 1  # rows begin just below their depth
    inside = (k >= 0) & ~np.isnan(z)
    k = np.clip(k, 0, from_depth.size - 1)
    after = np.minimum(k + 1, from_depth.size - 1)
    if between == LINEAR:
        step = np.where(after > k, from_depth[after] - from_depth[k], 1.0)
        part = np.where(after > k, (np.where(inside, z, from_depth[k]) - from_depth[k]) / step, 0.0)
        low = minimum[k] + part * (minimum[after] - minimum[k])
        high = maximum[k] + part * (maximum[after] - maximum[k])
    elif between == WIDER:
        low, high = np.minimum(minimum[k], minimum[after]), np.maximum(maximum[k], maximum[after])
    else:
        low, high = minimum[k], maximum[k]
    known = inside & ~np.isnan(value) & ~np.isnan(low) & ~np.isnan(high)
    low, high = low.astype(value.dtype), high.astype(value.dtype)
    if not limits_pass:
        low, high = np.nextafter(low, np.inf, dtype=low.dtype), np.nextafter(high, -np.inf, dtype=high.dtype)
    return (
        np.where(known, value, np.nan),
        np.where(known, low, np.nan),
        np.where(known, high, np.nan),
    )


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="GTSPP Real-Time Quality Control Manual (IOC Manuals and Guides 22), profile envelope",
    example={
        "from_depth": (0.0, 25.0, 100.0, 150.0, 200.0, 300.0, 1100.0, 3000.0, 5500.0, 12000.0),
        "minimum": (-2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -1.5, -1.5, -1.5, np.nan),
        "maximum": (37.0, 36.0, 34.0, 33.0, 29.0, 27.0, 18.0, 7.0, 4.0, np.nan),
    },
)
@compiled
def depth_range(
    value: Array,
    pressure: Array,
    depth: Array,
    from_depth: Array,
    minimum: Array,
    maximum: Array,
    by_pressure: float = 0.0,
    between: float = 0.0,
    limits_pass: float = 1.0,
) -> Array:
    """Values outside the range that occurs at their depth.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    pressure, depth : (n_obs,) dbar and m; NaN where missing. One of the two is read.
    from_depth : (n,) increasing, m or dbar; row k holds for depths > ``from_depth[k]`` and
        <= ``from_depth[k + 1]``, so that the first row begins *below* its depth (a first row of -5 tests the
        surface too). The last row holds for all deeper.
    minimum, maximum : (n,) lowest and highest accepted value; NaN for a row that is not tested.
    by_pressure : 1 if ``from_depth`` is a pressure in dbar, 0 if a depth in m.
    between : what holds between two rows: 0 the limits of the upper row; 1 limits interpolated linearly to
        those of the lower row; 2 the wider of both.
    limits_pass : 1 if a value equal to a limit passes, 0 if it fails.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value or its depth is missing, at and above the first
        row, and where a limit is NaN.

    References
    ----------
    GTSPP profile envelope: temperature as in the example (degrees Celsius by m); salinity 0..41 (to 50 m),
    1..41 (100), 3..41 (400), 10..41 (1100), 22..38 (3000), 33..37 (12000). CoTeDe's ``ProfileEnvelop`` reads
    the table by pressure and fails values equal to a limit (``limits_pass`` 0).
    CODC-QC check 5 (Tan et al. 2023): 0.5 % and 99.5 % quantiles of the global ocean on 119 levels. Of that
    table some rows are enough if the wider limits hold between them (``between`` 2): 1 m -1.948..34; 100 m
    -1.966..29.75; 500 m -1.969..18.02; 1000 m -1.196..11.71; 2000 m -1.183..5.10; 4000 m -0.777..2.61; 6000 m
    -0.3..2.5. Its own lower limits are up to 0.04 lower in places. Not in the Mediterranean, the Red Sea and
    the Gulf of Mexico, where it is warmer.
    """
    outcome = np.full(value.size, 2, np.uint8)
    z = pressure if by_pressure else depth
    last = from_depth.size - 1
    k = 0
    for i in range(value.size):
        if np.isnan(z[i]) or np.isnan(value[i]) or not z[i] > from_depth[0]:
            continue
        at = np.float64(z[i])
        while k > 0 and not at > from_depth[k]:
            k -= 1
        while k < last and at > from_depth[k + 1]:
            k += 1
        after = min(k + 1, last)
        part = (at - from_depth[k]) / (from_depth[after] - from_depth[k]) if after > k else 0.0
        low = value.dtype.type(_between(minimum[k], minimum[after], part, between, -1.0))
        high = value.dtype.type(_between(maximum[k], maximum[after], part, between, 1.0))
        if np.isnan(low) or np.isnan(high):
            continue
        if limits_pass:
            outcome[i] = (value[i] < low) | (value[i] > high)
        else:
            outcome[i] = (value[i] <= low) | (value[i] >= high)
    return outcome


@inlined
def _between(upper: float, lower: float, part: float, between: float, outward: float) -> float:
    if between == LINEAR:
        return upper + part * (lower - upper)
    if between == WIDER:
        unknown = np.isnan(upper) or np.isnan(lower)
        return np.nan if unknown else max(upper * outward, lower * outward) * outward
    return upper

"""ICDC check 2: crude range."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test

BLOCK = 64
"""Values that are compared with the boxes together, if one of them may lie in a box."""

N_STEP = 256
"""Steps of the value for which the shallowest box is known."""


def measure(
    value: Array,
    depth: Array,
    minimum: float,
    maximum: float,
    from_value: Array,
    to_value: Array,
    from_depth: Array,
    deepest: float = 9000.0,
) -> tuple[Array, Array, Array]:
    """The value and the accepted range next to it: that below, unless there is none."""
    known = ~np.isnan(value)
    low = np.full(value.shape, value.dtype.type(minimum))
    high = np.full(value.shape, value.dtype.type(maximum))
    floor, ceiling = value.copy(), value.copy()
    edges = [a.astype(value.dtype) for a in (from_value, to_value)]
    shallow = depth <= depth.dtype.type(deepest)
    at_depth = [shallow & (depth >= z) for z in from_depth.astype(depth.dtype)]
    in_box = np.zeros(value.shape, np.bool_)
    for a, b, there in zip(*edges, at_depth, strict=True):
        in_box |= there & (value >= a) & (value <= b)
        ceiling = np.where(there & (ceiling >= a) & (ceiling <= b), b, ceiling)
    for a, b, there in reversed(list(zip(*edges, at_depth, strict=True))):
        floor = np.where(there & (floor >= a) & (floor <= b), a, floor)
    in_box &= (value >= low) & (value <= high)
    below = in_box & (floor > low)
    above = in_box & ~below
    high = np.where(below, np.nextafter(floor, -np.inf, dtype=floor.dtype), high)
    low = np.where(above, np.nextafter(ceiling, np.inf, dtype=ceiling.dtype), low)
    return np.asarray(value), np.where(known, low, np.nan), np.where(known, high, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="temperature and the range accepted next to it at that depth",
    reference="ICDC, University of Hamburg (V. Gouretski, 2016), check 2 (crude range), as in AutoQC",
    example={
        "minimum": -2.3,
        "maximum": 33.0,
        "from_value": (20.0, 26.0, 28.0, 31.0, 32.0),
        "to_value": (21.4, 28.0, 31.0, 32.0, 35.0),
        "from_depth": (350.0, 250.0, 200.0, 100.0, 50.0),
    },
)
@compiled
def crude_range(
    value: Array,
    depth: Array,
    minimum: float,
    maximum: float,
    from_value: Array,
    to_value: Array,
    from_depth: Array,
    deepest: float = 9000.0,
) -> Array:
    """Temperatures that occur nowhere in the ocean, or nowhere as deep.

    Parameters
    ----------
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    minimum, maximum : lowest and highest accepted value at any depth.
    from_value, to_value, from_depth : (n_box,) increasing boxes: values from ``from_value`` to ``to_value``,
        both included, do not occur at ``from_depth`` and deeper, m.
    deepest : the boxes end there, m.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing. Where the depth is missing, the range of
        any depth is tested.

    References
    ----------
    ICDC, check 2: -2.3..33 degrees Celsius, and 37 boxes (five of them in the example; all of them in the
    procedures). A value on the common edge of two boxes belongs to both.
    """
    outcome = np.empty(value.size, np.uint8)
    low, high = value.dtype.type(minimum), value.dtype.type(maximum)
    end = depth.dtype.type(deepest)
    start, per_unit, reach = _reach_of_boxes(from_value, to_value, from_depth)
    for first in range(0, value.size, BLOCK):
        v, d, o = value[first : first + BLOCK], depth[first : first + BLOCK], outcome[first : first + BLOCK]
        for i in range(v.size):
            o[i] = (v[i] < low) | (v[i] > high)
        if _any_in_reach(v, d, start, per_unit, reach):
            for k in range(from_value.size):
                a, b = value.dtype.type(from_value[k]), value.dtype.type(to_value[k])
                z = depth.dtype.type(from_depth[k])
                for i in range(v.size):
                    o[i] |= np.uint8((v[i] >= a) & (v[i] <= b) & (d[i] >= z) & (d[i] <= end))
        for i in range(v.size):
            o[i] = np.uint8(2) if np.isnan(v[i]) else o[i]
    return outcome


@compiled
def _reach_of_boxes(from_value: Array, to_value: Array, from_depth: Array) -> tuple[float, float, Array]:
    """The shallowest depth of the boxes near each of some equal steps of the value: first value, steps per
    unit, and depths. A step counts boxes one step around it, for rounding."""
    reach = np.full(N_STEP, np.inf)
    if from_value.size == 0:
        return 0.0, 0.0, reach
    start, width = from_value.min(), max(to_value.max() - from_value.min(), 1e-3) / (N_STEP - 1)
    for j in range(N_STEP):
        for k in range(from_value.size):
            near = from_value[k] <= start + (j + 2) * width and to_value[k] >= start + (j - 1) * width
            z = from_depth[k] - 1e-6 * abs(from_depth[k])  # depths are compared in single precision
            reach[j] = min(reach[j], z) if near else reach[j]
    return start, 1.0 / width, reach


@compiled
def _any_in_reach(v: Array, d: Array, start: float, per_unit: float, reach: Array) -> bool:
    """Whether some value may lie in a box; a missing value or depth does not."""
    n = 0
    for i in range(v.size):
        step = (v[i] - start) * per_unit
        step = step if step > 0.0 else 0.0
        n += d[i] >= reach[int(step if step < N_STEP - 1 else N_STEP - 1)]
    return n > 0

"""Values beside limits that differ from observation to observation, as those of a climatology do."""

import numpy as np

from kernels.compiled import Array, inlined


@inlined
def judged(x: float, lowest: float, highest: float) -> int:
    """Outcome of one value: ``FAIL`` outside its limits, ``NOT_RUN`` where it or a limit is NaN."""
    known = (x == x) & (lowest == lowest) & (highest == highest)
    return np.uint8((x < lowest) | (x > highest)) if known else np.uint8(2)  # type: ignore[return-value]


@inlined
def enough(n: float, fewest: float) -> bool:
    """Whether a climatology rests on enough values; ``fewest`` 0 asks for none, so that n may be unknown."""
    return (fewest <= 0.0) | (n >= fewest)


def where_known(x: Array, lowest: Array, highest: Array, tested: Array) -> tuple[Array, Array, Array]:
    """What a ``measure`` returns: all three NaN where one of them is, and where the test is not run."""
    known = tested & ~(np.isnan(x) | np.isnan(lowest) | np.isnan(highest))
    return np.where(known, x, np.nan), np.where(known, lowest, np.nan), np.where(known, highest, np.nan)

"""Which of many local tests stand, when some must come out significant by chance.

References
----------
Benjamini, Y. and Y. Hochberg, 1995: Controlling the false discovery rate. Journal of the Royal Statistical
Society B 57, 289-300. Wilks, D. S., 2016: "The stippling shows statistically significant grid points": how
research results are routinely overstated and overinterpreted, and what to do about it. Bulletin of the
American Meteorological Society 97, 2263-2273: with fields correlated as those of the atmosphere are, a rate
of twice the wanted global level gives about that level. (Both from memory, not checked; the test measures
it.) scipy.stats.false_discovery_control gives adjusted p values instead, and refuses NaN.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array


class FieldSignificance(NamedTuple):
    """``threshold`` is the largest p that stands; 0 where none does, NaN where nothing was tested.

    ``mask`` has the shape of the p values and is False where these are NaN; ``n_local`` is the number of p
    values below ``alpha_global`` taken each by itself.
    """

    threshold: float
    mask: Array
    n_tests: int
    n_local: int
    note: str


def field_significance(
    p_value: Array, alpha_global: float = 0.05, correlated: bool = True
) -> FieldSignificance:
    """Local tests that stand at a controlled false discovery rate.

    Parameters
    ----------
    p_value : of any shape; NaN where there is no test, which then does not count.
    alpha_global : probability to find anything at all in a field without signal.
    correlated : the field is correlated in space: the rate is ``2 alpha_global``, else ``alpha_global``.
    """
    p_value = np.asarray(p_value, np.float64)
    tested = np.isfinite(p_value)
    p = np.sort(p_value[tested])
    if not 0 < alpha_global < 0.5:
        raise ValueError(f"the global level must lie between 0 and 0.5, not at {alpha_global:g}")
    if p.size == 0:
        return FieldSignificance(np.nan, np.zeros(p_value.shape, bool), 0, 0, "no cell has a p value")
    if p[0] < 0 or p[-1] > 1:
        raise ValueError(f"p values must lie between 0 and 1, not between {p[0]:g} and {p[-1]:g}")
    rate = 2 * alpha_global if correlated else alpha_global
    below = np.flatnonzero(p <= rate * np.arange(1, p.size + 1) / p.size)
    threshold = float(p[below[-1]]) if below.size else 0.0
    n_local = int((p < alpha_global).sum())
    if not below.size:
        note = f"no local test stands; {n_local} of {p.size} would by themselves"
        return FieldSignificance(threshold, np.zeros(p_value.shape, bool), p.size, n_local, note)
    return FieldSignificance(threshold, tested & (p_value <= threshold), p.size, n_local, "")

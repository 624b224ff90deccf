"""How far two raters agree on what is bad."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Agreement(NamedTuple):
    """Of two raters a and b; each entry as the counts, NaN where it is not defined."""

    n: Array
    observed: Array
    """Part of the values on which they agree."""
    kappa: Array
    """Cohen's kappa: agreement beyond chance."""
    base_rate_a: Array
    base_rate_b: Array
    """Parts that each of them calls bad."""
    true_positive_rate: Array
    """Part of what b calls bad that a calls bad too."""
    false_positive_rate: Array
    """Part of what b calls good that a calls bad."""


def agreement(both: Array, only_a: Array, only_b: Array, neither: Array) -> Agreement:
    """Agreement of two raters from the counts of the four cases.

    Parameters
    ----------
    both, only_a, only_b, neither : (...) numbers of values that both, one or none of them call bad.

    References
    ----------
    Cohen, J., 1960: A coefficient of agreement for nominal scales. Educ. Psychol. Meas. 20, 37-46.
    """
    both, only_a, only_b, neither = (np.asarray(a, np.float64) for a in (both, only_a, only_b, neither))
    n = both + only_a + only_b + neither
    bad_a, bad_b = _ratio(both + only_a, n), _ratio(both + only_b, n)
    observed = _ratio(both + neither, n)
    by_chance = bad_a * bad_b + (1 - bad_a) * (1 - bad_b)
    kappa = _ratio(observed - by_chance, 1 - by_chance)
    rates = _ratio(both, both + only_b), _ratio(only_a, only_a + neither)
    return Agreement(n, observed, kappa, bad_a, bad_b, *rates)


def rate_interval(hits: Array, n: Array, z: float = 1.959963984540054) -> tuple[Array, Array]:
    """Wilson's 95 % interval of a rate: lowest and highest, NaN where there is nothing to count.

    References
    ----------
    Wilson, E. B., 1927: Probable inference, the law of succession, and statistical inference. JASA 22.
    """
    hits, n = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    rate, share = _ratio(hits, n), _ratio(np.full_like(n, z * z), n)
    middle = (rate + share / 2) / (1 + share)
    half = np.sqrt(rate * (1 - rate) * share + share**2 / 4) / (1 + share)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _ratio(a: Array, b: Array) -> Array:
    ratio: Array = np.divide(a, b, out=np.full(np.broadcast(a, b).shape, np.nan), where=b != 0)
    return ratio

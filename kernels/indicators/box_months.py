"""Anomalies of box means from the mean of their own calendar month, where no climatology is fitted."""

import numpy as np

from kernels.compiled import Array


def less_box_months(
    mean: Array, n_samples: Array, calendar_month: Array, reference: Array, minimum_years: int
) -> tuple[Array, Array]:
    """Box means less the mean of the box in that calendar month over the reference period.

    What a box has of its own and its seasonal cycle go out together, so that a month which happens to sample
    other boxes, or another season, is not different for it. The mean is over years, each counting once.

    Parameters
    ----------
    mean, n_samples : (n_month, n_box) box means (NaN where unsampled) and samples behind them.
    calendar_month : (n_month,) 0..11.
    reference : (n_month,) bool, months of the reference period; where none of them has any value, all count.
    minimum_years : with fewer in the mean there is no anomaly.

    Returns
    -------
    anomaly : (n_month, n_box) NaN where there is none.
    normal : (12, n_box) the means taken off; NaN where there are fewer years.
    """
    known = np.isfinite(mean) & (n_samples > 0)
    counted = known & reference[:, None]
    if not counted.any():
        counted = known
    n, total = np.zeros((12, mean.shape[1])), np.zeros((12, mean.shape[1]))
    np.add.at(n, calendar_month, counted)
    np.add.at(total, calendar_month, np.where(counted, mean, 0.0))
    normal = np.where(n >= minimum_years, total / np.maximum(n, 1), np.nan)
    return mean - normal[calendar_month], normal

"""Spike and gradient of dissolved oxygen."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.five_levels import gather_values, sequences_of_values
from kernels.levels import HALF_UNIT_FLOAT32, between_neighbours, longest_row, stored_error
from kernels.registry import qc_test

FEWEST_VALUES = 4


def measure(
    sequence_start: Array, value: Array, pressure: Array, shallow: float, deep: float, deep_from: float
) -> tuple[Array, Array, Array]:
    """The smaller one of spike height and gradient, and the largest accepted one."""
    above, at, below = between_neighbours(sequence_start, value)
    gradient = np.abs(at - (below + above) / 2)
    both = np.minimum(gradient - np.abs((below - above) / 2), gradient)
    for level, _ in sequences_of_values(sequence_start, value):
        if level.size < FEWEST_VALUES:
            both[level] = np.nan
    error = HALF_UNIT_FLOAT32 * (np.abs(at) + np.maximum(np.abs(above), np.abs(below)))
    highest = np.where(pressure >= deep_from, deep, shallow) + error
    untested = np.isnan(both)
    return both, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    measure=measure,
    quantity="smaller one of spike height and gradient",
    reference="Copernicus Marine In Situ TAC, technical note on RTQC of oxygen, issue 1.1, section 3.3.9",
    example={"shallow": 50.0, "deep": 25.0, "deep_from": 500.0},
    tie=1e-9,
)
@compiled
def oxygen_spike_and_gradient(
    sequence_start: Array, value: Array, pressure: Array, shallow: float, deep: float, deep_from: float
) -> Array:
    """Oxygen values that are a spike both in size and in gradient.

    The height of the spike, ``|V2 - (V3 + V1)/2| - |(V3 - V1)/2|``, and the gradient, ``|V2 - (V3 + V1)/2|``,
    must exceed the limit. The gradient is never the smaller one, so that the height decides.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of what follows one another: profiles or time series.
    value : (n_obs,) dissolved oxygen; NaN where missing.
    pressure : (n_obs,) dbar; where it is missing, ``shallow`` holds.
    shallow, deep : largest accepted, in the unit of the value, above ``deep_from`` and from there on.
    deep_from : dbar

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first and the last value, where the value is missing, and in
        sequences of three values and fewer. Missing values are passed over. What exceeds the limit by no more
        than the rounding to float32 passes.

    References
    ----------
    Racape, V., et al., 2020: Technical note, RTQC of dissolved oxygen, issue 1.1, section 3.3.9: strictly
    more than 50 and, from 500 dbar, 25 umol/kg (51 and 26 umol/l, 1.1 and 0.6 ml/l); more than 3 values. It
    prints the gradient as ``|V2 - (V3 - V1)/2|``, which would be the size of the value itself where its
    neighbours are equal; we take the sum, as the Argo oxygen manual has it (Thierry, Bittig et al., 2018),
    after which the note says the test is made.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start) + 1
    level, v = np.empty(longest, np.int64), np.empty(longest)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        n, o, p = gather_values(value[first:stop], level, v), outcome[first:stop], pressure[first:stop]
        if n < FEWEST_VALUES:
            continue
        for k in range(1, n - 1):
            limit = deep if p[level[k]] >= deep_from else shallow
            o[level[k]] = _judge(v[k - 1], v[k], v[k + 1], limit)
    return outcome


@inlined
def _judge(above: float, at: float, below: float, limit: float) -> int:
    gradient = abs(at - (below + above) / 2)
    both = min(gradient - abs((below - above) / 2), gradient)
    return int(both > limit + stored_error(abs(at) + max(abs(above), abs(below))))

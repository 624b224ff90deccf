"""Weighted parabolas: the interpolation that the data centres have used since Reiniger and Ross."""

from kernels.compiled import Array, inlined


@inlined
def reiniger_ross(z: float, depth: Array, value: Array, j: int) -> float:
    """Value between level ``j`` and the one above it from the two levels on either side.

    Two parabolas, each through both levels and one outer one, are weighted by how near they are to a
    reference curve that mixes the lines through neighbouring levels.

    Parameters
    ----------
    z : depth, m.
    depth, value : levels ``j - 2`` to ``j + 1`` are taken.

    References
    ----------
    Reiniger, R. F., and C. K. Ross, 1968: A method of interpolation with application to oceanographic data.
    Deep-Sea Research 15, 185-193, with the exponents m = 2 and n = 1, as in the R package oce (the authors
    found 1.7 best; from memory, not checked). A result outside the two bracketing values is replaced by the
    straight line, as the US data centre does (from memory, not checked): else a step between two mixed layers
    would ring.
    """
    x0, x1, x2, x3 = depth[j - 2], depth[j - 1], depth[j], depth[j + 1]
    m01 = (value[j - 1] - value[j - 2]) / (x1 - x0)
    m12 = (value[j] - value[j - 1]) / (x2 - x1)
    m23 = (value[j + 1] - value[j]) / (x3 - x2)
    line = value[j - 1] + m12 * (z - x1)
    above, below = value[j - 1] + m01 * (z - x1), value[j] + m23 * (z - x2)
    to_above, to_below = (above - line) ** 2, (line - below) ** 2
    if to_above + to_below == 0.0:
        return line  # type: ignore[no-any-return]
    reference = 0.5 * (line + (to_below * above + to_above * below) / (to_above + to_below))
    bend = (z - x1) * (z - x2)
    upper, lower = line + bend * (m12 - m01) / (x2 - x0), line + bend * (m23 - m12) / (x3 - x1)
    from_upper, from_lower = abs(reference - upper), abs(reference - lower)
    if from_upper + from_lower == 0.0:
        return upper  # type: ignore[no-any-return]
    result = (from_upper * lower + from_lower * upper) / (from_upper + from_lower)
    if (result - value[j - 1]) * (value[j] - result) < 0.0:
        return line  # type: ignore[no-any-return]
    return result  # type: ignore[no-any-return]

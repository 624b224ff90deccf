"""Where the variance between members of an ensemble comes from: choices of method.

Members of an ensemble are made with different choices (climatology, mapping, XBT correction, procedure). The
variance between them is split by analysis of variance.

References
----------
Scheffe, H., 1959: The analysis of variance. Wiley (from memory, not checked): the additive model of a
factorial design. Boyer, T. et al., 2016: Sensitivity of global upper-ocean heat content estimates to mapping
methods, XBT bias corrections, and baseline climatologies. Journal of Climate 29, 4817-4842 (from memory, not
checked), is such an experiment on ocean heat content.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array

INTERACTION = "interaction"


class Budget(NamedTuple):
    """Parts of a variance; they add up to ``total`` by construction.

    ``variance`` is (n_part, ...), in the order of ``parts``, ``total`` (...); NaN where there is no budget.
    ``unexplained`` is what the variance at hand has beyond the total, or lacks: 0 for a balanced design.
    """

    parts: tuple[str, ...]
    variance: Array
    total: Array
    unexplained: Array
    design: str

    @property
    def share(self) -> Array:
        """Of each part in the total: (n_part, ...); NaN where the total is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.variance / self.total)


def budget_of_choices(members: Array, choices: Array, factors: Sequence[str]) -> Budget:
    """Variance between members of an ensemble, by choice.

    Each member is taken as a sum of one effect for each of its choices, fitted by least squares. The part of
    a factor is the variance of its effects with all its levels weighing alike; the interaction is the mean
    square of what the sum does not give. In a balanced design (all combinations, equally often) these are the
    main effects of analysis of variance and add up to the variance between members. Where choices were
    switched one at a time a part is the variance between the reference and the members that differ in that
    factor alone: interactions cannot be seen, and ``unexplained`` says by how much the variance of the
    members at hand, most of which share most choices, differs from the sum.

    Parameters
    ----------
    members : (n_member, ...) series, or trends: (n_member,). NaN where a member has no value; the budget
        there is of those that have, if they still tell the factors apart, else NaN.
    choices : (n_member, n_factor) labels.
    factors : names.

    Returns
    -------
    budget : parts are the factors and ``interaction``. Variances are those of the choices at hand (ddof 0),
        as the IGCC recipe has them; as a sample of all possible choices they are too low by (n - 1) / n.
    """
    members, choices = np.asarray(members, np.float64), np.asarray(choices)
    if choices.shape != (len(members), len(factors)):
        raise ValueError(f"choices {choices.shape} must be ({len(members)} members, {len(factors)} factors)")
    level = [np.unique(c, return_inverse=True)[1] for c in choices.T]
    _check_told_apart(level, factors)
    values = members.reshape(len(members), -1)
    known = np.isfinite(values)
    variance = np.full((len(factors) + 1, values.shape[1]), np.nan)
    observed = np.full(values.shape[1], np.nan)
    patterns, of_column = np.unique(known, axis=1, return_inverse=True)
    for k, pattern in enumerate(patterns.T):
        columns = of_column.ravel() == k
        there = [c[pattern] for c in level]
        if all(len(np.unique(t)) == len(np.unique(c)) for t, c in zip(there, level, strict=True)) and not (
            _confounded(there)
        ):
            of_pattern = values[np.ix_(pattern, columns)]
            variance[:, columns] = _parts(of_pattern, there)
            observed[columns] = of_pattern.var(axis=0)
    shape = members.shape[1:]
    total = variance.sum(axis=0)
    unexplained = (observed - total).reshape(shape)
    design = _design(level)
    if design == "balanced" and known.all():
        unexplained = np.zeros(shape)
    parts = (*factors, INTERACTION)
    return Budget(parts, variance.reshape(-1, *shape), total.reshape(shape), unexplained, design)


def _design(level: list[Array]) -> str:
    table = np.stack(level, axis=1)
    combinations, times = np.unique(table, axis=0, return_counts=True)
    if len(combinations) == np.prod([c.max() + 1 for c in level]) and (times == times[0]).all():
        return "balanced"
    if any(((combinations != member).sum(axis=1) <= 1).all() for member in combinations):
        return "one at a time"
    return "incomplete"


def _dummies(level: list[Array]) -> Array:
    """Constant and one column for each level but the first: (n_member, n_effect)."""
    columns = [np.ones((level[0].size, 1))]
    columns += [(c[:, None] == np.arange(1, c.max() + 1)).astype(np.float64) for c in level]
    return np.concatenate(columns, axis=1)


def _confounded(level: list[Array]) -> bool:
    design = _dummies(level)
    return bool(np.linalg.matrix_rank(design) < design.shape[1])


def _check_told_apart(level: list[Array], factors: Sequence[str]) -> None:
    if not level or not level[0].size:
        raise ValueError("a budget needs members and factors")
    if not _confounded(level):
        return
    pairs = [
        f"{factors[i]} and {factors[j]}"
        for i in range(len(level))
        for j in range(i)
        if _confounded([level[i], level[j]])
    ]
    who = "; ".join(pairs) if pairs else ", ".join(factors)
    raise ValueError(f"the members do not tell these choices apart: {who}")


def _parts(values: Array, level: list[Array]) -> Array:
    """Variance of each factor's effects, and the mean square of the residuals: (n_factor + 1, n_column)."""
    design = _dummies(level)
    values = values - values.mean(axis=0)
    effects = np.linalg.lstsq(design, values, rcond=None)[0]
    out, begin = [], 1
    for c in level:
        end = begin + int(c.max())
        of_levels = np.concatenate([np.zeros((1, values.shape[1])), effects[begin:end]])
        out.append(of_levels.var(axis=0))
        begin = end
    return np.stack([*out, ((values - design @ effects) ** 2).mean(axis=0)])

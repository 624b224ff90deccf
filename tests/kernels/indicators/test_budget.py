"""Budgets of variance: planted effects are found, parts add up."""

from itertools import product

import numpy as np
import pytest

from kernels.indicators.budget import budget_of_choices

FACTORS = ("climatology", "mapping", "xbt")
EFFECT = {
    "climatology": {"WOA": -1.0, "own": 1.0},
    "mapping": {"box": 0.0, "analysis": 3.0, "basin": 6.0},
    "xbt": {"none": -2.0, "CH14": 2.0},
}
VARIANCE = {"climatology": 1.0, "mapping": 6.0, "xbt": 4.0}


def members(combinations, interaction=0.0):
    """Sums of the effects, growing over 3 years; the interaction is that of XBT and climatology."""
    value = np.array([
        sum(EFFECT[f][c] for f, c in zip(FACTORS, one, strict=True))
        + interaction * np.sign(EFFECT["climatology"][one[0]] * EFFECT["xbt"][one[2]])
        for one in combinations
    ])  # fmt: skip
    return 100 + value[:, None] * np.array([0.0, 1.0, 2.0])


FULL = list(product(*(EFFECT[f] for f in FACTORS)))
REFERENCE = ("WOA", "box", "none")
ONE_AT_A_TIME = [c for c in FULL if sum(a != b for a, b in zip(c, REFERENCE, strict=True)) <= 1]


def test_budget_of_choices__balanced_design_gives_the_planted_variances():
    values = members(FULL, interaction=0.5)
    budget = budget_of_choices(values, FULL, FACTORS)
    assert budget.design == "balanced"
    assert budget.parts == (*FACTORS, "interaction")
    planted = np.array([*VARIANCE.values(), 0.25])
    np.testing.assert_allclose(budget.variance, planted[:, None] * np.array([0, 1, 4]), atol=1e-12)
    np.testing.assert_allclose(budget.total, values.var(axis=0), atol=1e-12)
    np.testing.assert_allclose(budget.share[:, 1], planted / 11.25)
    assert np.isnan(budget.share[:, 0]).all()
    assert not budget.unexplained.any()


def test_budget_of_choices__noise_in_a_balanced_design_adds_up():
    values = np.random.default_rng(1).standard_normal((36, 20))
    budget = budget_of_choices(values, FULL * 3, FACTORS)
    np.testing.assert_allclose(budget.variance.sum(axis=0), values.var(axis=0), rtol=1e-12)
    np.testing.assert_allclose(budget.share.sum(axis=0), 1)


def test_budget_of_choices__main_effects_by_level_means():
    """The textbook's sums of squares."""
    values = np.random.default_rng(2).standard_normal(12)
    budget = budget_of_choices(values, FULL, FACTORS)
    for k, f in enumerate(FACTORS):
        means = [values[[c[k] == one for c in FULL]].mean() for one in EFFECT[f]]
        assert budget.variance[k] == pytest.approx(np.var(means))


def test_budget_of_choices__trends_are_members_too():
    budget = budget_of_choices(members(FULL)[:, 1], FULL, FACTORS)
    assert budget.total.shape == ()
    assert dict(zip(budget.parts, budget.variance, strict=True)) == pytest.approx(
        VARIANCE | {"interaction": 0}, abs=1e-12
    )


def test_budget_of_choices__one_at_a_time_gives_the_same_parts_and_states_the_difference():
    """Without interaction five members give what twelve give; what they themselves vary by is less."""
    values = members(ONE_AT_A_TIME)
    budget = budget_of_choices(values, ONE_AT_A_TIME, FACTORS)
    assert (len(ONE_AT_A_TIME), budget.design) == (5, "one at a time")
    np.testing.assert_allclose(budget.variance[:, 1], [*VARIANCE.values(), 0], atol=1e-12)
    np.testing.assert_allclose(budget.total + budget.unexplained, values.var(axis=0))
    assert budget.unexplained[1] < -4


def test_budget_of_choices__incomplete_design():
    some = [FULL[k] for k in (0, 1, 3, 4, 6, 7, 8, 11)]
    budget = budget_of_choices(members(some), some, FACTORS)
    assert budget.design == "incomplete"
    np.testing.assert_allclose(budget.variance[:, 2], [4, 24, 16, 0], atol=1e-12)


def test_budget_of_choices__a_member_that_lacks_a_year():
    values = members(FULL)
    values[3, 1] = np.nan
    values[[c[1] == "basin" for c in FULL], 2] = np.nan
    budget = budget_of_choices(values, FULL, FACTORS)
    np.testing.assert_allclose(budget.variance[:, 1], [*VARIANCE.values(), 0], atol=1e-12)
    assert np.isnan(budget.variance[:, 2]).all(), "a whole choice lacks: its part is not known"
    assert np.isnan(budget.total[2])
    assert not budget.variance[:, 0].any()


def test_budget_of_choices__order_of_members_does_not_matter_and_input_is_unchanged():
    values = np.random.default_rng(3).standard_normal((12, 4))
    before, order = values.copy(), np.random.default_rng(4).permutation(12)
    one = budget_of_choices(values, FULL, FACTORS)
    other = budget_of_choices(values[order], [FULL[k] for k in order], FACTORS)
    np.testing.assert_allclose(one.variance, other.variance, rtol=1e-10)
    np.testing.assert_array_equal(values, before)


def test_budget_of_choices__a_choice_never_made_has_no_part():
    some = [c for c in FULL if c[0] == "WOA"]
    budget = budget_of_choices(members(some), some, FACTORS)
    np.testing.assert_allclose(budget.variance[:, 1], [0, 6, 4, 0], atol=1e-12)
    assert budget.design == "balanced"


@pytest.mark.parametrize(
    ("combinations", "words"),
    [
        ([("a", "b", "c"), ("A", "B", "c")], "do not tell these choices apart: mapping and climatology"),
        ([("a", "b", "c"), ("A", "B", "c"), ("A", "b", "C")], "climatology, mapping, xbt"),
        ([("a", "b")] * 2, r"choices \(2, 2\) must be \(2 members, 3 factors\)"),
    ],
)
def test_budget_of_choices__confounded_choices_are_refused(combinations, words):
    with pytest.raises(ValueError, match=words):
        budget_of_choices(np.zeros(len(combinations)), combinations, FACTORS)

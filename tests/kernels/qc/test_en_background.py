import math

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.gross_error import of_suspect, posterior
from kernels.qc.en_background import en_background

NAN = np.nan


def farthest(variance: float, prior: float) -> float:
    """Distance from the background at which good and gross error are equally likely."""
    odds = 0.1 * prior / (1 - prior) * math.sqrt(2 * math.pi * variance)
    return math.sqrt(-2 * variance * math.log(odds))


def outcome_of(
    value: list[float],
    depth: list[float],
    *,
    latitude: float = 40.0,
    mean: float = 10.0,
    std: float = 0.5,
    gross_error: float = 0.01,
    **parameters: float,
) -> list[int]:
    v, z = np.array(value, np.float64), np.array(depth, np.float64)
    background = np.full(v.size, mean), np.full(v.size, std)
    errors = np.array([0.0, 100.0]), np.array([1.0, 0.2])
    found = en_background(
        np.array([0, v.size]), v, z, np.array([latitude]), *background, *errors, gross_error, **parameters
    )
    return list(found)


@pytest.mark.parametrize("prior", [0.01, 0.05])
@pytest.mark.parametrize(
    ("latitude", "depth", "variance"),
    [
        pytest.param(40.0, 0.0, 1.0 + 4 * 0.25, id="twice the background's error"),
        pytest.param(-9.9, 0.0, 1.0 + 2.25 * 4 * 0.25, id="three times it near the equator"),
        pytest.param(10.0, 0.0, 1.0 + 4 * 0.25, id="10 degrees are not near"),
        pytest.param(40.0, 50.0, 0.6 + 4 * 0.25, id="errors of observations between depths"),
        pytest.param(40.0, 500.0, 0.2 + 4 * 0.25, id="and below the last"),
    ],
)
def test_en_background__rejects_what_is_more_likely_in_error_than_good(
    prior: float, latitude: float, depth: float, variance: float
) -> None:
    reach = farthest(variance, prior)
    values = [10 + 0.999 * reach, 10 + 1.001 * reach, 10 - 0.999 * reach, 10 - 1.001 * reach]
    for value, outcome in zip(values, [PASS, FAIL, PASS, FAIL], strict=True):
        assert outcome_of([value], [depth], latitude=latitude, gross_error=prior) == [outcome]


def test_en_background__probabilities_of_autoqc() -> None:
    """Its cases of the probability before the check, and that of an absurd departure from the background."""
    assert of_suspect(0.05) == 0.525
    assert posterior(1000.0, 1.0, 0.01) == pytest.approx(1.0)
    assert posterior(0.0, 1.0, 0.01) == pytest.approx(0.001 / (0.001 + 0.99 / math.sqrt(2 * math.pi)))


def test_en_background__a_suspect_level_is_rejected_sooner() -> None:
    """A step of 6 K to the last level is suspect; with 0.5 K each the variance is 2."""
    assert farthest(2.0, of_suspect(0.01)) < 3.5 < farthest(2.0, 0.01)
    value, depth = [7.5, 7.5, 7.5, 13.5], [0.0, 1.0, 2.0, 3.0]
    assert outcome_of(value, depth) == [PASS, PASS, PASS, FAIL]
    assert outcome_of(value, depth, suspects=0.0) == [PASS] * 4


def test_en_background__converts_values_where_the_background_is_a_potential_temperature() -> None:
    """2 degrees Celsius at 4000 m are 1.68 as potential temperature."""
    variance = 0.2 + 4 * 0.0001
    mean = 1.68 - farthest(variance, 0.01) + 0.05
    assert outcome_of([2.0], [4000.0], mean=mean, std=0.01) == [FAIL]
    assert outcome_of([2.0], [4000.0], mean=mean, std=0.01, of_potential=1.0) == [PASS]


@pytest.mark.parametrize(
    "unknown",
    [{"value": [NAN]}, {"depth": [NAN]}, {"latitude": NAN}, {"mean": NAN}, {"std": NAN}],
    ids=["value", "depth", "latitude", "mean", "standard error"],
)
def test_en_background__does_not_judge_by_what_is_unknown(unknown: dict[str, float]) -> None:
    known = {"value": [99.0], "depth": [10.0]}
    assert outcome_of(**known) == [FAIL]
    assert outcome_of(**known | unknown) == [NOT_RUN]

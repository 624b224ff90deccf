import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.frozen_profile import frozen_profile

NAN = np.nan
BASE = [10.0, 8.0, 4.0, 2.0]


def outcome_of(*layers: list[float]) -> list[int]:
    means = np.array(layers, np.float64).reshape(-1, 4)
    return list(frozen_profile(np.array([0, len(means)]), means, 0.3, 0.001, 0.02))


@pytest.mark.parametrize(
    ("difference", "outcome"),
    [
        pytest.param([0, 0, 0, 0], FAIL, id="the same profile"),
        pytest.param([0.0009, 0.01, -0.01, 0.01], FAIL, id="nearly the same"),
        pytest.param([0, 0.0, 0.0, 0.079], FAIL, id="a mean difference below 0.02"),
        pytest.param([0, 0.0, 0.0, 0.08125], PASS, id="above it"),
        pytest.param([0.0011, 0.0011, -0.0011, 0.0011], PASS, id="no layer is the same"),
        pytest.param([0, 0, 0, -0.31], PASS, id="one layer differs"),
        pytest.param([NAN, NAN, NAN, 0], FAIL, id="one layer in common"),
        pytest.param([NAN, NAN, NAN, 0.01], PASS, id="one layer in common, which differs"),
        pytest.param([NAN] * 4, NOT_RUN, id="no value"),
    ],
)
def test_frozen_profile__thresholds(difference: list[float], outcome: int) -> None:
    assert outcome_of(BASE, list(np.array(BASE) + difference)) == [NOT_RUN, outcome]


def test_frozen_profile__at_a_threshold_passes() -> None:
    before = np.zeros((2, 2))
    for layers in ([0.0, 0.25], [0.125, 0.125]):
        before[1] = layers
        assert frozen_profile(np.array([0, 2]), before, 0.25, 0.125, 0.2)[1] == PASS
    before[1] = [0.0, 0.25]
    assert frozen_profile(np.array([0, 2]), before, 0.5, 0.125, 0.125)[1] == PASS
    assert frozen_profile(np.array([0, 2]), before, 0.5, 0.125, 0.126)[1] == FAIL


def test_frozen_profile__passes_over_profiles_without_the_variable() -> None:
    empty, other = [NAN] * 4, [NAN, 9.0, NAN, NAN]
    assert outcome_of(BASE, empty, BASE) == [NOT_RUN, NOT_RUN, FAIL]
    assert outcome_of([1, NAN, NAN, NAN], other) == [NOT_RUN, NOT_RUN]
    assert outcome_of() == []


def test_frozen_profile__does_not_look_at_the_next_platform() -> None:
    means = np.array([BASE, BASE, BASE, BASE])
    found = frozen_profile(np.array([0, 1, 1, 4]), means, 0.3, 0.001, 0.02)
    assert list(found) == [NOT_RUN, NOT_RUN, FAIL, FAIL]

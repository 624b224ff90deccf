import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_negative_deep import bbp_negative_deep

NAN = np.nan


def profile(n_negative: int, n: int = 20) -> list[float]:
    return [-1e-5] * n_negative + [1e-4] * (n - n_negative)


def outcome_of(value: list[float], fraction: float, top: float = 5.0) -> int:
    v = np.array(value, np.float32)
    pressure = (top + np.arange(v.size)).astype(np.float32)
    return int(bbp_negative_deep(np.array([0, v.size]), v, pressure, 0.0, 5.0, fraction)[0])


@pytest.mark.parametrize(
    ("value", "any_negative", "many_negative"),
    [
        pytest.param(profile(0), PASS, PASS, id="none"),
        pytest.param(profile(1), FAIL, PASS, id="one"),
        pytest.param(profile(2), FAIL, PASS, id="at 10 %"),
        pytest.param(profile(3), FAIL, FAIL, id="above 10 %"),
        pytest.param(profile(2) + [NAN] * 9, FAIL, PASS, id="missing values do not count"),
        pytest.param([0.0, 0.0], PASS, PASS, id="0 is not negative"),
        pytest.param([NAN], NOT_RUN, NOT_RUN, id="no value"),
        pytest.param([], NOT_RUN, NOT_RUN, id="no level"),
    ],
)
def test_bbp_negative_deep__part_of_the_profile(
    value: list[float], any_negative: int, many_negative: int
) -> None:
    assert outcome_of(value, 0.0) == any_negative
    assert outcome_of(value, 0.1) == many_negative


def test_bbp_negative_deep__leaves_the_surface_to_the_other_test() -> None:
    assert outcome_of([-1e-5, -1e-5], 0.0, top=3.0) == NOT_RUN
    assert outcome_of([-1e-5, -1e-5, 1e-4], 0.0, top=3.0) == PASS

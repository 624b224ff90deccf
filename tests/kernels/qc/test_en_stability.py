import numpy as np
import pytest

from kernels.eos2003 import density, potential_temperature
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_stability import en_stability

NAN = np.nan


def outcome_of(salinity: list[float], threshold: float = 0.03, spacing: float = 1.0) -> list[int]:
    """A column of 10 degrees, in which the salinity makes the density: 0.77 kg m-3 for each unit."""
    n = len(salinity)
    pressure = np.arange(n, dtype=np.float32) * np.float32(spacing)
    columns = (pressure, np.full(n, 10.0, np.float32), np.array(salinity, np.float32))
    return list(en_stability(np.array([0, n]), *columns, threshold))


def pattern(*failed: int, n: int = 12) -> list[int]:
    return [FAIL if k in failed else PASS for k in range(n)]


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        pytest.param({6: 35.5}, [6], id="too dense: the upper level of the fall"),
        pytest.param({6: 34.5}, [6], id="too light: the lower level of the fall"),
        pytest.param(dict.fromkeys(range(6, 12), 34.5), [5, 6], id="a step: both levels"),
        pytest.param({11: 34.5}, [11], id="at the last level"),
        pytest.param({0: 35.5}, [], id="the step from the first level is not judged"),
        pytest.param(dict.fromkeys(range(6, 12), 35.5), [], id="density may rise"),
    ],
)
def test_en_stability__which_level_fails(change: dict[int, float], failed: list[int]) -> None:
    assert outcome_of([change.get(k, 35.0) for k in range(12)]) == pattern(*failed)


def test_en_stability__threshold() -> None:
    salinity = [35.0, 35.0, 35.0, 34.9]
    upper = density(35.0, potential_temperature(35.0, 10.0, 2.0), 3.0)
    S = float(np.float32(34.9))
    fall = upper - density(S, potential_temperature(S, 10.0, 3.0), 3.0)
    assert outcome_of(salinity, fall + 1e-9) == [PASS] * 4
    assert outcome_of(salinity, fall - 1e-9) == [PASS, PASS, PASS, FAIL]


def test_en_stability__compares_at_one_pressure() -> None:
    assert outcome_of([35.0] * 12, spacing=500.0) == pattern()


@pytest.mark.parametrize(
    ("salinity", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([35.0], [NOT_RUN], id="one level"),
        pytest.param([35, 34], [PASS, FAIL], id="two levels"),
        pytest.param([NAN] * 3, [NOT_RUN] * 3, id="no value"),
        pytest.param([35, 35, 35, 34, 34], [FAIL] * 5, id="two of five: all"),
        pytest.param(
            [35, 35, NAN, 36, NAN, 35, 35],
            [PASS, PASS, NOT_RUN, FAIL, NOT_RUN, PASS, PASS],
            id="missing between",
        ),
    ],
)
def test_en_stability__of_profiles(salinity: list[float], outcome: list[int]) -> None:
    assert outcome_of(salinity) == outcome


def test_en_stability__fails_a_profile_of_which_a_quarter_fails() -> None:
    step = [35.0] * 6 + [34.5] * 2
    assert outcome_of(step) == [FAIL] * 8
    assert outcome_of([35.0, *step]) == pattern(6, 7, n=9)

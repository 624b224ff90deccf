import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.oxygen import oxygen_solubility
from kernels.qc.surface_oxygen_saturation import surface_oxygen_saturation

NAN = np.nan
FULL = 274.610
"""Solubility at 10 degrees Celsius and salinity 35, umol/kg: the check value of Garcia and Gordon."""


def outcome_of(percent: list[float], pressure: list[float], **limits: float) -> list[int]:
    value = np.array(percent) * FULL / 100
    other = (
        np.array(pressure, np.float32),
        np.full(value.size, 10, np.float32),
        np.full(value.size, 35, np.float32),
    )
    return list(surface_oxygen_saturation(np.array([0, value.size]), value, *other, **limits))


def test_oxygen_solubility__check_value() -> None:
    assert oxygen_solubility(10.0, 35.0) == pytest.approx(FULL, abs=5e-4)


@pytest.mark.parametrize(
    ("percent", "outcome"),
    [(49.99, FAIL), (50.01, PASS), (100.0, PASS), (149.99, PASS), (150.01, FAIL), (NAN, NOT_RUN)],
)
def test_surface_oxygen_saturation__thresholds(percent: float, outcome: int) -> None:
    assert outcome_of([percent], [5.0]) == [outcome]


@pytest.mark.parametrize(
    ("percent", "pressure", "outcome"),
    [
        pytest.param([200, 200, 200], [10, 10.1, 30], [FAIL, NOT_RUN, NOT_RUN], id="the first 10 dbar"),
        pytest.param([200, 200, 200], [10.1, 20, 20.1], [FAIL, FAIL, NOT_RUN], id="else 20 dbar"),
        pytest.param(
            [NAN, 200, 200], [5, 15, 30], [NOT_RUN, FAIL, NOT_RUN], id="nothing measured in the first 10"
        ),
        pytest.param([200, 200], [NAN, 15], [NOT_RUN, FAIL], id="no pressure"),
        pytest.param([], [], [], id="no level"),
    ],
)
def test_surface_oxygen_saturation__is_of_the_surface(
    percent: list[float], pressure: list[float], outcome: list[int]
) -> None:
    assert outcome_of(percent, pressure) == outcome


def test_surface_oxygen_saturation__near_the_coast_only_the_upper_limit_counts() -> None:
    assert outcome_of([10, 200], [1, 2], minimum=-np.inf) == [PASS, FAIL]


@pytest.mark.parametrize("missing", ["temperature", "salinity"])
def test_surface_oxygen_saturation__needs_temperature_and_salinity(missing: str) -> None:
    columns = {"temperature": np.array([10.0], np.float32), "salinity": np.array([35.0], np.float32)}
    columns[missing] = np.array([NAN], np.float32)
    value, pressure = np.array([999.0], np.float32), np.array([1.0], np.float32)
    assert surface_oxygen_saturation(np.array([0, 1]), value, pressure, **columns)[0] == NOT_RUN

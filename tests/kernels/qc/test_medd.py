from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.medd import measure, medd

NAN = np.nan
TEMPERATURE: dict[str, Any] = {
    "steepest": np.array([5.0, 3.5, 0.5, 0.15, 0.05, 0.0004]),
    "steepest_reversal": np.array([0.08, 0.08, 0.03, 0.01, 0.003, 0.0004]),
    "distance": np.array([0.15, 0.15, 0.1, 0.1]),
    "distance_alone": np.array([0.22, 0.22, 0.15, 0.1]),
    "distance_alone_tropics": np.array([0.6, 0.18, 0.15, 0.1]),
    "narrowest": 4.0,
    "widest": 10.0,
    "steepest_increase": 0.5,
    "steepest_increase_at_top": 0.1,
}
DISTANCE = np.array([0.08, 0.08, 0.07, 0.07])
SALINITY: dict[str, Any] = {
    "steepest": np.array([1.0, 1.0, 0.08, 0.02, 0.004, 0.0002]),
    "steepest_reversal": np.array([0.01, 0.01, 0.005, 0.0001, 0.0002, 0.0002]),
    "distance": DISTANCE,
    "distance_alone": DISTANCE,
    "distance_alone_tropics": DISTANCE,
    "narrowest": 1.0,
    "widest": 5.0,
}


def mixed_layer(at: float, n: int = 21, step: float = 10.0, salinity: float = NAN) -> dict[str, np.ndarray]:
    """A profile of 10 degrees Celsius with another value in its middle."""
    temperature = np.full(n, 10.0, np.float32)
    temperature[n // 2] = at
    return {
        "row_start": np.array([0, n]),
        "value": temperature,
        "pressure": (step * np.arange(n)).astype(np.float32),
        "temperature": temperature,
        "salinity": np.full(n, salinity, np.float32),
        "latitude": np.array([45.0]),
        "longitude": np.array([-30.0]),
    }


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param(10.879, PASS, id="within 0.22 of 4 degrees"),
        pytest.param(10.881, FAIL, id="beyond it"),
        pytest.param(9.119, FAIL, id="downward too"),
        pytest.param(NAN, NOT_RUN, id="no value"),
    ],
)
def test_medd__limit_without_salinity(at: float, outcome: int) -> None:
    found = medd(**mixed_layer(at), **TEMPERATURE)
    assert found[10] == outcome
    assert np.all(np.delete(found, 10) == PASS)


@pytest.mark.parametrize(("latitude", "outcome"), [(10.1, FAIL), (10.0, PASS), (-9.0, PASS), (-11.0, FAIL)])
def test_medd__is_wider_in_the_tropics_without_salinity(latitude: float, outcome: int) -> None:
    profile = mixed_layer(11.5) | {"latitude": np.array([latitude])}
    assert medd(**profile, **TEMPERATURE)[10] == outcome


def test_medd__a_spike_must_show_in_density() -> None:
    profile = mixed_layer(10.7, salinity=35.0)
    assert medd(**profile, **TEMPERATURE)[10] == FAIL, "density is off by 0.12 kg m-3, beyond 0.08"
    profile["salinity"][10] = 35.155
    assert medd(**profile, **TEMPERATURE)[10] == PASS, "warmer and saltier water, as dense as its neighbours"
    profile["salinity"][10] = NAN
    assert medd(**profile, **TEMPERATURE)[10] == FAIL, "density unknown"


@pytest.mark.parametrize("n", [0, 1, 5])
def test_medd__needs_six_levels(n: int) -> None:
    profile = mixed_layer(20.0, n) if n else mixed_layer(20.0, 1)
    profile |= {k: profile[k][:n] for k in ("value", "pressure", "temperature", "salinity")}
    profile["row_start"] = np.array([0, n])
    assert list(medd(**profile, **TEMPERATURE)) == [NOT_RUN] * n


def test_medd__goes_by_pressure() -> None:
    profile = mixed_layer(15.0)
    order = np.random.default_rng(0).permutation(21)
    shuffled = profile | {k: profile[k][order] for k in ("value", "pressure", "temperature", "salinity")}
    np.testing.assert_array_equal(medd(**shuffled, **TEMPERATURE), medd(**profile, **TEMPERATURE)[order])


def test_medd__passes_over_missing_levels() -> None:
    profile = mixed_layer(15.0, n=41, step=5.0)
    profile["value"][1::4] = profile["pressure"][3::4] = NAN
    found = medd(**profile, **TEMPERATURE)
    assert found[20] == FAIL
    assert np.all(found[1::2] == NOT_RUN)


def ocean(n_row: int, n_level: int, step: float, noise: float, seed: int) -> dict[str, np.ndarray]:
    """Profiles with a thermocline, a salinity maximum, noise, spikes and missing values."""
    random = np.random.default_rng(seed)
    shape = (n_row, n_level)
    p = step * (np.arange(1, n_level + 1) + random.uniform(-0.1, 0.1, shape))
    t = 2 + 20 * np.exp(-np.maximum(p - random.uniform(10, 120, (n_row, 1)), 0) / 250)
    s = 34.8 + random.uniform(-0.5, 1.5, (n_row, 1)) * np.exp(-(((p - 100) / 120) ** 2))
    t += random.normal(0, noise, shape) * np.exp(-p / 700)
    s += random.normal(0, noise / 5, shape) * np.exp(-p / 700)
    t += random.normal(0, 4, shape) * (random.random(shape) < 0.02)
    s += random.normal(0, 1, shape) * (random.random(shape) < 0.02)
    t[random.random(shape) < 0.02] = NAN
    p[random.random(shape) < 0.01] = NAN
    p, t, s = (np.round(a, 3).astype(np.float32).ravel() for a in (p, t, s))
    place = {"latitude": random.uniform(-60, 60, n_row), "longitude": random.uniform(-180, 180, n_row)}
    row_start = np.arange(n_row + 1) * n_level
    return {"row_start": row_start, "pressure": p, "temperature": t, "salinity": s, **place}


@pytest.mark.parametrize(
    ("n_level", "step", "noise"),
    [(40, 50.0, 0.02), (150, 8.0, 0.2), (120, 25.0, 0.5), (300, 2.0, 0.02)],
    ids=["coarse", "noisy", "very noisy", "fine"],
)
@pytest.mark.parametrize("variable", ["temperature", "salinity"])
def test_medd__equals_the_specification_taken_level_by_level(
    n_level: int, step: float, noise: float, variable: str
) -> None:
    """``measure`` is the plain form of the specification, without the shortcuts of the kernel."""
    limits = TEMPERATURE if variable == "temperature" else SALINITY
    profiles = ocean(20, n_level, step, noise, seed=n_level)
    found = medd(value=profiles[variable], **profiles, **limits)
    measured, lowest, highest = measure(value=profiles[variable], **profiles, **limits)
    outside = np.where((measured < lowest) | (measured > highest), FAIL, PASS)
    np.testing.assert_array_equal(found, np.where(np.isnan(measured), NOT_RUN, outside))
    assert np.any(found == FAIL)

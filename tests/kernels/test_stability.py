import gsw
import numpy as np
import pytest

from kernels.qc.density_inversion import density_inversion, measure
from kernels.seawater import SAAR_PRESSURE, saar_columns, steepest_saar
from kernels.stability import steps_that_may_invert

N = 20_000


def levels(rng: np.random.Generator, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two levels a step, (N, 2) each: anywhere in the box and often at its edges, steps up to ``width``."""
    box = ((-10, 6500, 500), (-2.6, 34, 5), (0, 41.8, 3))
    ends = []
    for low, high, widest in box:
        edge = rng.random(N) < 0.3
        first = np.where(edge, rng.choice([low, high], N), rng.uniform(low, high, N))
        step = width * widest * rng.choice([-1, 1], N) * np.where(edge, 1, rng.random(N) ** 3)
        ends.append(np.stack([first, np.clip(first + step, low, high)], axis=1).astype(np.float32))
    return ends[0], ends[1], ends[2]


def inversions(p: np.ndarray, t: np.ndarray, SP: np.ndarray, ratio: float) -> np.ndarray:
    """By gsw; ``ratio`` is the Absolute Salinity Anomaly Ratio."""
    p, t, SP = (a.astype(np.float64) for a in (p, t, SP))
    SA = gsw.SR_from_SP(SP) * (1 + ratio)
    rho = gsw.rho(SA, gsw.CT_from_t(SA, t, p), p.mean(axis=1, keepdims=True))
    return (rho[:, 0] - rho[:, 1]) * np.sign(p[:, 1] - p[:, 0])


@pytest.mark.parametrize("ratio", [0.0, -0.0009, 0.0022], ids=["reference", "lowest", "highest"])
@pytest.mark.parametrize("width", [0.01, 0.1, 1.0])
def test_steps_that_may_invert__leave_out_no_inversion(width: float, ratio: float) -> None:
    p, t, SP = levels(np.random.default_rng(0), width)
    size = inversions(p, t, SP, ratio)
    suspect = np.zeros(1, np.bool_)
    accepted = 0
    for k in range(N):
        n = steps_that_may_invert(p[k], t[k], SP[k], 0.0, float(size[k]) - 1e-6, suspect)
        assert n == suspect[0] == 1
        accepted += steps_that_may_invert(p[k], t[k], SP[k], 0.0, float(size[k]) + 0.35, suspect) == 0
    assert accepted > 0.9 * N, "the bound is close to the inversion"


@pytest.mark.parametrize(
    ("p", "t", "SP"),
    [
        pytest.param([0, 10], [35, 34.5], [35, 35], id="warmer than the box"),
        pytest.param([0, 10], [10, 9], [42, 42], id="saltier"),
        pytest.param([0, 10], [10, 9], [-1, -1], id="below no salt"),
        pytest.param([7000, 7010], [2, 1.9], [34, 34], id="deeper"),
        pytest.param([0, 600], [10, 9], [35, 35], id="a wide step of pressure"),
        pytest.param([0, 10], [20, 14], [35, 35], id="a wide step of temperature"),
    ],
)
def test_steps_that_may_invert__do_not_answer_outside_their_box(
    p: list[float], t: list[float], SP: list[float]
) -> None:
    columns = (np.array(c, np.float32) for c in (p, t, SP))
    assert steps_that_may_invert(*columns, 0.0, 100.0, np.zeros(1, np.bool_)) == 1


def test_steepest_saar__bounds_the_change_of_saar_at_all_positions() -> None:
    rng = np.random.default_rng(1)
    longitude, latitude = rng.uniform(-180, 360, N), rng.uniform(-90, 90, N)
    longitude[:2000], latitude[:2000] = rng.uniform(-100, -68, 2000), rng.uniform(2, 22, 2000)  # Panama
    dbar = np.diff(SAAR_PRESSURE)
    slope = np.abs(np.diff(saar_columns(longitude, latitude), axis=1) / dbar).max(axis=1)
    assert np.all(slope <= steepest_saar(longitude, latitude) + 1e-12)


def test_density_inversion__decides_as_the_full_formula_in_noisy_profiles() -> None:
    rng = np.random.default_rng(2)
    n_row, n = 400, 100
    p = np.tile(np.linspace(3, 2000, n), n_row).astype(np.float32)
    noise = np.repeat(10 ** rng.uniform(-3, 0, n_row), n)
    t = (3 + 20 * np.exp(-p / 500) + noise * rng.normal(0, 1, p.size)).astype(np.float32)
    SP = (34.6 + 0.9 * np.exp(-p / 400) + 0.2 * noise * rng.normal(0, 1, p.size)).astype(np.float32)
    SP[rng.integers(0, p.size, p.size // 100)] = np.nan
    place = rng.uniform(-80, 80, n_row), rng.uniform(-180, 180, n_row)
    row_start = np.arange(n_row + 1) * n
    for threshold in (-0.01, 0.0, 0.03, 0.2):
        outcome = density_inversion(row_start, p, t, SP, *place, threshold)
        measured, _, highest = measure(row_start, p, t, SP, *place, threshold)
        expected = np.where(np.isnan(measured), 2, measured > highest)
        clear = ~(np.abs(measured - highest) < 1e-9)
        np.testing.assert_array_equal(outcome[clear], expected[clear])

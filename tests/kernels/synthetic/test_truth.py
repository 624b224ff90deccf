import gsw
import numpy as np
import pytest
from scipy.integrate import quad

from kernels.synthetic.ocean import mean_salinity, mean_temperature, warming
from kernels.synthetic.truth import heat_content, thermosteric_sea_level

TIMES = np.array([7305.0, 18262.0, 25000.0])


@pytest.mark.parametrize(("top", "bottom"), [(0, 300), (0, 700), (700, 2000)])
def test_heat_content__is_the_integral_of_the_warming(top, bottom):
    integral = [quad(lambda z, t=t: float(warming(z, t)), top, bottom)[0] for t in TIMES]
    np.testing.assert_allclose(heat_content(top, bottom, TIMES, 1030, 3980), 1030 * 3980 * np.array(integral))


@pytest.mark.parametrize(("top", "bottom"), [(0, 700), (0, 2000), (300, 1100)])
def test_thermosteric_sea_level__is_that_of_fine_layers(top, bottom):
    latitude, weight = np.array([0.0, 45.0, -62.0]), np.array([3.0, 2.0, 1.0])
    edges = np.linspace(top, bottom, 4001)
    z = (edges[1:] + edges[:-1]) / 2
    expected = np.zeros(TIMES.size)
    for north, share in zip(latitude, weight / 6, strict=True):
        pressure = gsw.p_from_z(-z, north)
        SA = gsw.SR_from_SP(mean_salinity(np.array(north), z))
        mean = mean_temperature(np.array(north), z)
        before = gsw.specvol(SA, gsw.CT_from_t(SA, mean, pressure), pressure)
        for k, time in enumerate(TIMES):
            CT = gsw.CT_from_t(SA, mean + warming(z, np.array(time)), pressure)
            expected[k] += share * np.sum(gsw.specvol(SA, CT, pressure) / before - 1) * np.diff(edges)[0]
    level = thermosteric_sea_level(top, bottom, TIMES, weight, latitude)
    np.testing.assert_allclose(level, expected, rtol=1e-6, atol=1e-10)
    assert level[0] < 0 < level[2]
    assert level[1] == pytest.approx(0, abs=1e-9)

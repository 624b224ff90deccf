import pytest

from kernels.eos2003 import density, potential_temperature


@pytest.mark.parametrize(
    ("S", "theta", "p", "rho"),
    [(35, 25, 2000, 1031.654229), (20, 20, 1000, 1017.726743), (40, 12, 8000, 1062.928258)],
)
def test_density__check_values_of_the_paper(S: float, theta: float, p: float, rho: float) -> None:
    assert density(S, theta, p) == pytest.approx(rho, abs=5e-7)


def test_density__of_fresher_than_fresh_water_is_that_of_fresh_water() -> None:
    assert density(-0.1, 10.0, 0.0) == density(0.0, 10.0, 0.0)


def test_potential_temperature__check_value_of_the_paper() -> None:
    assert potential_temperature(35.0, 20.0, 2000.0) == pytest.approx(19.621967, abs=5e-7)


def test_potential_temperature__at_the_surface_is_the_temperature() -> None:
    assert potential_temperature(35.0, 20.0, 0.0) == 20.0

"""Profiles of a partition at the levels of a grid, by the scheme that the grid names."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Grid, Selection, load
from flows.climatology import accumulate
from flows.standard_profiles import standard_profiles, standard_profiles_with_error
from kernels.flags import Flag
from kernels.standard_levels.curve import SCHEMES

LEVELS, GAPS = np.array([10.0, 30, 60, 150]), (50.0, 0.2)
DEPTH = np.array([5.0, 20, 40, 80, 120, 260])


def partition(salinity=(35.0, 35.1, 35.2, 35.0, 34.9, 34.8)):
    obs = {"DEPH": np.tile(DEPTH, 2), "TEMP": np.tile([20.0, 19, 16, 12, 10, 9], 2),
           "PSAL": np.tile(salinity, 2)}  # fmt: skip
    obs |= {f"{v}_QC": np.full(12, Flag.GOOD, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    rows = {"row_size": np.full(2, 6), "TIME": np.full(2, 18262.0), "LATITUDE": np.full(2, 45.0),
            "LONGITUDE": np.full(2, -20.0), "DATA_MODE": np.full(2, "D")}  # fmt: skip
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


@pytest.mark.parametrize("scheme", SCHEMES)
def test_standard_profiles__each_scheme_gives_its_values_and_error(scheme):
    names = ("TEMP", "PSAL")
    values = standard_profiles(partition(), Selection(), names, LEVELS, GAPS, scheme)
    both = standard_profiles_with_error(partition(), Selection(), names, LEVELS, GAPS, scheme)
    for name in names:
        np.testing.assert_allclose(both[name][0], values[name], rtol=1e-14)
        assert values[name].shape == (2, 4)
        assert (both[name][1][:, :3] > 0).all()
        assert np.isnan(both[name][1][:, 3]).all()  # 120 to 260 m is too wide a gap
    straight = standard_profiles(partition(), Selection(), names, LEVELS, GAPS)["TEMP"]
    assert np.abs(values["TEMP"] - straight)[:, :3].max() < 0.5
    assert (scheme == "linear") == np.array_equal(values["TEMP"], straight, equal_nan=True)


def test_standard_profiles__both_variables_shape_the_multiply_rotated_curve():
    one = standard_profiles(partition(), Selection(), ["TEMP"], LEVELS, GAPS, "mrst_pchip")["TEMP"]
    other = partition((35.0, 34, 35, 34, 35, 34))
    two = standard_profiles(other, Selection(), ["TEMP"], LEVELS, GAPS, "mrst_pchip")["TEMP"]
    none = standard_profiles(partition().drop_vars("PSAL"), Selection(), ["TEMP"], LEVELS, GAPS, "mrst_pchip")
    assert not np.array_equal(one, two, equal_nan=True)
    np.testing.assert_array_equal(np.isnan(none["TEMP"]), np.isnan(one))


def test_standard_profiles__refuses_a_variable_without_companion():
    with pytest.raises(ValueError, match="not DOXY: choose pchip"):
        standard_profiles(partition(), Selection(), ["DOXY"], LEVELS, GAPS, "mrst_pchip")


def test_accumulate__goes_by_the_scheme_of_the_grid():
    grid = load(Grid, "climatology_5deg")
    sums = {
        scheme: accumulate(partition(), grid.model_copy(update={"interpolation": scheme}), Selection())
        for scheme in SCHEMES
    }
    xr.testing.assert_identical(accumulate(partition(), grid, Selection()), sums[grid.interpolation])
    straight = sums.pop("linear")["TEMP_MOMENTS"].values
    for made in sums.values():
        assert made["TEMP_MOMENTS"].shape == straight.shape
        assert not np.array_equal(made["TEMP_MOMENTS"].values, straight)


def test_grid__refuses_an_unknown_scheme():
    with pytest.raises(ValueError, match="interpolation"):
        Grid.model_validate(load(Grid, "climatology_5deg").model_dump() | {"interpolation": "akima"})

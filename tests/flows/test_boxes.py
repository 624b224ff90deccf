"""Groups of boxes are read once, and what comes of them is what each of them says."""

import gc

import numpy as np
import pytest
import xarray as xr

import flows.boxes
from flows.boxes import along_months, of_indicator
from flows.collection import Reading

PATHS = [f"boxes/{year}" for year in range(2000, 2004)]
INDICATORS = ["ohc_0_700", "mld_density", "temp_0_300"]


class Counted(Reading):
    """A state of a collection that counts how often its groups are read."""

    def __init__(self, groups):
        self.groups_, self.n_read = groups, 0

    def dataset(self, path, names=None, without=()):
        self.n_read += 1
        return self.groups_[path]


@pytest.fixture
def reading():
    rng = np.random.default_rng(5)
    groups = {}
    for path in PATHS:
        months = np.datetime64(f"{path[-4:]}-01") + np.arange(12)
        shape = 12, len(INDICATORS), 7
        groups[path] = xr.Dataset(
            {
                "mean": (("month", "indicator", "cell"), rng.normal(size=shape)),
                "n_samples": (("month", "indicator", "cell"), rng.integers(0, 9, shape, np.int32)),
            },
            {
                "month": months.astype("M8[ns]"),
                "indicator": INDICATORS,
                "region": ("cell", np.array(list("aaabbbb"))),
                "box": ("cell", np.arange(7)),
            },
        )
    return Counted(groups)


@pytest.mark.parametrize("bytes_kept", [flows.boxes.BYTES_KEPT, 6000, 0], ids=["all", "two", "none"])
def test_of_indicator__is_what_all_groups_together_say_whatever_is_kept(reading, monkeypatch, bytes_kept):
    monkeypatch.setattr(flows.boxes, "BYTES_KEPT", bytes_kept)
    together = along_months([reading.groups_[p] for p in PATHS])
    for name in INDICATORS:
        made = of_indicator(reading, PATHS, name)
        xr.testing.assert_identical(made.sel(indicator=name), together.sel(indicator=name))


@pytest.mark.parametrize(
    ("n_kept", "n_read"), [(4, 4), (2, 2 + 3 * 2), (0, 12)], ids=["all kept", "half of them", "none kept"]
)
def test_of_indicator__reads_a_group_once_and_keeps_no_more_than_it_may(reading, monkeypatch, n_kept, n_read):
    size = next(iter(reading.groups_.values())).nbytes
    monkeypatch.setattr(flows.boxes, "BYTES_KEPT", n_kept * size)
    for name in INDICATORS:
        of_indicator(reading, PATHS, name)
    assert reading.n_read == n_read
    assert len(flows.boxes._kept[reading]) == n_kept


def test_of_indicator__keeps_nothing_of_a_state_that_is_no_longer_looked_at(reading):
    of_indicator(reading, PATHS, INDICATORS[0])
    before = len(flows.boxes._kept)
    other = Counted(reading.groups_)
    of_indicator(other, PATHS, INDICATORS[0])
    assert other.n_read == len(PATHS)
    del other
    gc.collect()
    assert len(flows.boxes._kept) == before


def test_of_indicator__leaves_what_it_keeps_as_it_was(reading):
    whole = reading.groups_[PATHS[0]].copy(deep=True)
    made = of_indicator(reading, PATHS, INDICATORS[1])
    made["mean"].values[:] = 0.0
    xr.testing.assert_identical(reading.groups_[PATHS[0]], whole)

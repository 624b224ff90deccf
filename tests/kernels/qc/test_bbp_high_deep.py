import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_high_deep import bbp_high_deep

NAN = np.nan


def outcome_of(deep: list[float], top: float = 710.0) -> int:
    """A clear upper ocean over the given deep values, one each 10 dbar."""
    value = np.array([1e-4] * 20 + deep, np.float32)
    pressure = np.concatenate([np.arange(20) * 10.0, top + 10.0 * np.arange(len(deep))]).astype(np.float32)
    return int(bbp_high_deep(np.array([0, value.size]), value, pressure, 0.0005, 700.0, 11.0, 5.0)[0])


@pytest.mark.parametrize(
    ("deep", "outcome"),
    [
        pytest.param([0.0005] * 30, PASS, id="at the threshold passes"),
        pytest.param([0.0006] * 30, FAIL, id="above fails"),
        pytest.param([0.0004] * 30, PASS, id="below passes"),
        pytest.param([1e-4, 1e-4, 0.1] * 10, PASS, id="spikes are smoothed away"),
        pytest.param([0.0006] * 30 + [NAN], FAIL, id="a missing value is passed over"),
        pytest.param([0.0006] * 4, NOT_RUN, id="too few deep levels"),
        pytest.param([0.0006] * 4 + [NAN] * 9, NOT_RUN, id="too few deep values"),
        pytest.param([], NOT_RUN, id="no deep level"),
    ],
)
def test_bbp_high_deep__looks_at_the_median_below_700_dbar(deep: list[float], outcome: int) -> None:
    assert outcome_of(deep) == outcome


def test_bbp_high_deep__700_dbar_is_not_deep() -> None:
    assert outcome_of([0.0006] * 5, top=659.9) == NOT_RUN
    assert outcome_of([0.0006] * 5, top=660.0) == NOT_RUN
    assert outcome_of([0.0006] * 40, top=300.0) == NOT_RUN


def test_bbp_high_deep__of_an_empty_profile_says_nothing() -> None:
    none = np.empty(0, np.float32)
    assert bbp_high_deep(np.array([0, 0]), none, none, 0.0005, 700.0, 11.0, 5.0)[0] == NOT_RUN

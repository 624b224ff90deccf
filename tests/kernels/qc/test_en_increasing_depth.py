import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_increasing_depth import en_increasing_depth

NAN = np.nan


def outcome_of(depth: list[float], temperature: list[float] | None = None) -> list[int]:
    temperature = temperature or [10.0] * len(depth)
    columns = (np.array(a, np.float32) for a in (depth, temperature))
    return list(en_increasing_depth(np.array([0, len(depth)]), *columns, np.array([45.0])))


def failed(depth: list[float], temperature: list[float] | None = None) -> list[int]:
    return [k for k, o in enumerate(outcome_of(depth, temperature)) if o == FAIL]


@pytest.mark.parametrize(
    ("depth", "wrong"),
    [
        pytest.param([0, 10, 20, 11_000], [], id="in order, to the ends of the range"),
        pytest.param([-0.1, 10, 20], [0], id="above the surface"),
        pytest.param([10, 20, 11_000.1], [2], id="deeper than the ocean"),
        pytest.param([-1.0], [0], id="one level"),
        pytest.param([10, 99, 20, 30, 40], [1], id="one against three"),
        pytest.param([10, 20, 30, 1, 40], [3], id="three against one"),
        pytest.param([10, 30, 20, 40], [1, 2], id="one against one: both"),
        pytest.param([10, 20, 20, 40], [1, 2], id="equal"),
        pytest.param([10, 50, 40, 50, 60], [1, 3], id="equal, with a smaller one between: both"),
        pytest.param([5, 5, 5], [0, 1, 2], id="all equal"),
        pytest.param([10, 20, 30, 5, 15, 40], [3, 4], id="of several the last"),
        pytest.param([10, -5, 20, 3], [1, 3], id="what is out of range speaks against nothing"),
    ],
)
def test_en_increasing_depth__of_profiles(depth: list[float], wrong: list[int]) -> None:
    assert failed(depth) == wrong


def test_en_increasing_depth__asks_the_temperatures_about_two_that_contradict_each_other() -> None:
    depth = [10.0, 20, 30, 30, 40, 50]
    assert failed(depth) == [2, 3]
    assert failed(depth, [10, 10, 16, 10, 10, 10]) == [2]
    assert failed(depth, [10, 10, 10, 16, 10, 10]) == [3]
    assert failed(depth, [NAN, NAN, 16, NAN, NAN, NAN]) == [2, 3]


@pytest.mark.parametrize(
    ("depth", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([5.0], [PASS], id="one level"),
        pytest.param([NAN, NAN], [NOT_RUN] * 2, id="no depth"),
        pytest.param([NAN, 10, NAN, 20], [NOT_RUN, PASS, NOT_RUN, PASS], id="missing between"),
        pytest.param([10, NAN, 10, 20], [FAIL, NOT_RUN, FAIL, PASS], id="equal across a missing one"),
    ],
)
def test_en_increasing_depth__missing_depths(depth: list[float], outcome: list[int]) -> None:
    assert outcome_of(depth) == outcome


def test_en_increasing_depth__of_a_cast_down_and_up_again_one_way_is_left() -> None:
    depth = [*range(0, 2000), *range(2000, 0, -1)]
    found = outcome_of([float(d) for d in depth])
    kept = [d for d, o in zip(depth, found, strict=True) if o == PASS]
    assert kept == sorted(set(kept))
    assert len(kept) > 1900

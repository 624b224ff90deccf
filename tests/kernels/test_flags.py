import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.flags import FAIL, NOT_RUN, PASS, Flag, enter_outcome, flags_from_masks, withdraw_failed

MASKS = np.array([0b0001, 0b0010, 0b1100], np.uint64)
FLAGS = np.array([2, 3, 4], np.uint8)


def flag_of(*, missing: bool = False, failed: int = 0, skipped: int = 0, own: int = 0b1111) -> int:
    flag = flags_from_masks(
        np.array([missing]),
        np.array([failed], np.uint64),
        np.array([skipped], np.uint64),
        np.uint64(own),
        MASKS,
        FLAGS,
    )
    return int(flag[0])


@pytest.mark.parametrize(
    ("masks", "flag"),
    [
        pytest.param({}, Flag.GOOD, id="every test passed"),
        pytest.param({"skipped": 0b0111}, Flag.GOOD, id="one test ran and passed"),
        pytest.param({"skipped": 0b1111}, Flag.NO_QC, id="no test ran"),
        pytest.param({"own": 0}, Flag.NO_QC, id="no test applies"),
        pytest.param({"failed": 0b0001}, Flag.PROBABLY_GOOD, id="weakest flag"),
        pytest.param({"failed": 0b0011}, Flag.PROBABLY_BAD, id="the stronger of two flags"),
        pytest.param({"failed": 0b1111}, Flag.BAD, id="the strongest of all"),
        pytest.param({"failed": 0b0100, "skipped": 0b1011}, Flag.BAD, id="one failed, the rest did not run"),
        pytest.param({"failed": 0b0100, "own": 0}, Flag.BAD, id="fails with its level alone"),
        pytest.param({"failed": 0b0100, "missing": True}, Flag.MISSING, id="no value"),
    ],
)
def test_flags_from_masks__follow_precedence(masks: dict[str, int], flag: Flag) -> None:
    assert flag_of(**masks) == flag  # type: ignore[arg-type]


outcomes = st.lists(st.sampled_from([PASS, FAIL, NOT_RUN]), max_size=300)


@settings(deadline=None)  # the first example compiles
@given(outcomes, st.integers(0, 63), st.booleans())
def test_enter_outcome__sets_one_bit_and_takes_out_what_failed(
    values: list[int], bit: int, with_values: bool
) -> None:
    outcome = np.array(values, np.uint8)
    before = np.arange(len(values), dtype=np.uint64)
    failed, skipped = before.copy(), before.copy()
    value = before.astype(np.float32) if with_values else np.empty(0, np.float32)
    enter_outcome(outcome, bit, failed, skipped, value)
    mask = np.uint64(1 << bit)
    np.testing.assert_array_equal(failed, np.where(outcome == FAIL, before | mask, before))
    np.testing.assert_array_equal(skipped, np.where(outcome == NOT_RUN, before | mask, before))
    if with_values:
        np.testing.assert_array_equal(value, np.where(outcome == FAIL, np.float32(np.nan), before))


@settings(deadline=None)  # the first example compiles
@given(outcomes)
def test_withdraw_failed__takes_out_what_failed_and_nothing_else(values: list[int]) -> None:
    outcome = np.array(values, np.uint8)
    before = np.arange(len(values), dtype=np.float32)
    after = before.copy()
    withdraw_failed(outcome, after)
    np.testing.assert_array_equal(after, np.where(outcome == FAIL, np.float32(np.nan), before))

import numpy as np

from kernels.flags import FAIL, PASS
from kernels.qc.grey_list import grey_list


def test_grey_list__fails_the_listed_rows() -> None:
    np.testing.assert_array_equal(grey_list(np.array([False, True, False])), [PASS, FAIL, PASS])
    assert grey_list(np.empty(0, np.bool_)).size == 0

import gsw
import numpy as np

from kernels.vertical import depth_of


def test_depth_of__is_that_of_gsw_and_the_delivered_one_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    n = 100_000
    pressure = rng.uniform(-10, 11_000, n).astype(np.float32)
    latitude = np.repeat(rng.uniform(-90, 90, n // 10), 10)
    depth = np.full(n, np.nan, np.float32)
    depth[::7] = 5.0
    pressure[::11] = latitude[::13] = np.nan
    expected = np.where(np.isnan(depth), -gsw.z_from_p(pressure.astype(np.float64), latitude), depth)
    np.testing.assert_allclose(depth_of(pressure, depth, latitude), expected, rtol=0, atol=1e-11)

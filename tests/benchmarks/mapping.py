"""Objective mapping: a month of temperature and salinity at 1 degree and 60 levels, with formal error.

30,000 casts lie evenly over the ocean in a window of 90 days; six in ten reach the last levels, the others
end anywhere, one in ten has no salinity. Two processes map interleaved tiles of the same points. CPU seconds
stand beside those of the clock, which mean little where other work shares the machine.
"""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

import mapping_peers
import numpy as np
from quality import peak_memory

from catalogs.land import land_class
from kernels.mapping.barriers import Barriers, barriers
from kernels.mapping.column import map_column
from kernels.mapping.covariance import covariance
from kernels.mapping.objective import Analysis, Casts, analyse, leave_one_out
from kernels.mapping.sum_errors import error_covariance

N_CASTS, N_LEVELS, N_NEIGHBOURS, REPEATS = 30_000, 60, 40, 3
DAY = 45.0
OF = covariance((300, 120, 2000), (30, 30, 180), (0.4, 0.5, 0.1), stretch=2.5)

SHORT = covariance((300, 120), (30, 30), (0.4, 0.6), stretch=2.5)
"""That of ``catalogs/grids/analysis_1deg.yaml``."""


@cache
def coasts() -> Barriers:
    return barriers(land_class())


@cache
def points() -> tuple[np.ndarray, np.ndarray]:
    """Centres of the cells of 1 degree that are mostly ocean."""
    lat, lon = np.meshgrid(np.arange(-89.5, 90), np.arange(-179.5, 180), indexing="ij")
    ocean = (land_class() <= 1).reshape(180, 12, 360, 12).mean(axis=(1, 3)) > 0.5
    return lat[ocean], lon[ocean]


@cache
def casts(n: int = N_CASTS, n_level: int = N_LEVELS) -> Casts:
    rng = np.random.default_rng(n)
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, 2 * n))), rng.uniform(-180, 180, 2 * n)
    wet = np.flatnonzero(land_class()[((lat + 90) * 12).astype(int), ((lon + 180) * 12).astype(int)] <= 1)[:n]
    value = rng.standard_normal((n, 2, n_level)).astype(np.float32)
    nearly_all, any_level = rng.integers(max(n_level - 4, 1), n_level + 1, n), rng.integers(1, n_level + 1, n)
    ends = np.where(rng.random(n) < 0.6, nearly_all, any_level)
    value[np.broadcast_to((np.arange(n_level) >= ends[:, None])[:, None], value.shape)] = np.nan
    value[rng.random(n) < 0.1, 1] = np.nan
    return Casts(lat[wet], lon[wet], rng.uniform(0, 2 * DAY, n), np.full(n, 0.25), value)


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of the best of some repeats."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def map_part(part: int, n_parts: int, barred: bool) -> Analysis:
    lat, lon = (np.concatenate(np.array_split(a, 8 * n_parts)[part::n_parts]) for a in points())
    land = coasts() if barred else None
    return analyse(lat, lon, DAY, casts(), OF, N_NEIGHBOURS, barriers=land)


def worker(part: int, n_parts: int, barred: bool, together: Any) -> tuple[float, float, float]:
    """Seconds and CPU seconds of the best of the repeats, and largest memory of this process in MB."""
    lat, lon = points()
    analyse(lat[:9], lon[:9], DAY, casts(), OF, N_NEIGHBOURS, barriers=coasts() if barred else None)
    found = []
    for _ in range(REPEATS):
        together.wait()
        start, used = time.perf_counter(), time.process_time()
        map_part(part, n_parts, barred)
        found.append((time.perf_counter() - start, time.process_time() - used))
    return min(f[0] for f in found), min(f[1] for f in found), peak_memory()


def month() -> dict[str, float]:
    """The whole month on one core and on two."""
    figures: dict[str, float] = {}
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        for n, barred in ((1, True), (2, True), (2, False)):
            together = manager.Barrier(n)
            with ProcessPoolExecutor(n, context) as pool:
                jobs = [pool.submit(worker, k, n, barred, together) for k in range(n)]
                wall, used, peak = np.array([job.result() for job in jobs]).T
            name = f"{n} process{'es' if n > 1 else ''}{', land barriers' if barred else ', no barriers'}"
            figures[f"{name}, seconds"] = float(wall.max())
            figures[f"{name}, CPU seconds"] = float(used.sum())
            figures[f"{name}, largest memory of a process, MB"] = float(peak.max())
    return figures


def growth() -> dict[str, float]:
    """CPU seconds by the number of points and of casts, without barriers."""
    lat, lon = points()
    figures = {}
    for step in (8, 4, 2, 1):
        used = cpu(lambda step=step: analyse(lat[::step], lon[::step], DAY, casts(), OF, N_NEIGHBOURS))
        figures[f"{lat[::step].size} points, {N_CASTS} casts, CPU seconds"] = used
    for n in (15_000, 30_000, 60_000, 120_000):
        used = cpu(lambda n=n: analyse(lat[::4], lon[::4], DAY, casts(n), OF, N_NEIGHBOURS))
        figures[f"{lat[::4].size} points, {n} casts, CPU seconds"] = used
    for n in (300, 1400, 4000):  # months of sparse decades: many points share their neighbours
        sparse = casts(n, 1)
        used = cpu(lambda sparse=sparse: analyse(lat, lon, DAY, sparse, SHORT, N_NEIGHBOURS))
        figures[f"{lat.size} points, {n} casts of one level, scales of 120 and 300 km, CPU seconds"] = used
    return figures


def tile_memory(n_points: int) -> tuple[float, float]:
    """Memory, MB, of this process before and after it mapped tiles of so many points."""
    lat, lon = points()
    analyse(lat[:9], lon[:9], DAY, casts(), OF, N_NEIGHBOURS)
    before = peak_memory()
    for first in range(0, 8192, n_points):
        tile = slice(first, first + n_points)
        analyse(lat[tile], lon[tile], DAY, casts(), OF, N_NEIGHBOURS)
    return before, peak_memory()


def memory() -> dict[str, float]:
    """What mapping 8,192 points adds to the memory of a process, by the size of the tiles."""
    figures = {}
    for n in (512, 2048, 8192):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            before, after = process.submit(tile_memory, n).result()
        figures[f"memory that tiles of {n} points add, MB"] = after - before
    return figures


def dense_solution() -> dict[str, float]:
    """A small problem in which all casts are neighbours, beside one solve of the full matrix."""
    few = casts(300, 1)
    rng = np.random.default_rng(0)
    few = few._replace(value=rng.standard_normal((few.noise.size, 1, 1)).astype(np.float32))
    lat, lon = (a[::400] for a in points())
    wide = covariance((8000,), (200,), (1,), stretch=2.5)
    found = analyse(lat, lon, DAY, few, wide, few.noise.size)
    estimate, error = mapping_peers.dense(lat, lon, DAY, few, wide)
    kept = found.n_casts[:, 0, 0] == few.noise.size
    return {
        "largest difference from the dense solution, estimate": float(
            np.abs(found.estimate[:, 0, 0] - estimate)[kept].max(initial=0)
        ),
        "largest difference from the dense solution, error variance": float(
            np.abs(found.error_variance[:, 0, 0] - error)[kept].max(initial=0)
        ),
        "points compared with it": float(kept.sum()),
    }


def sums_and_residuals() -> dict[str, float]:
    """Leave-one-out analyses of all casts; the exact error of two regional means of one month."""
    lat, lon = points()
    figures = {f"leave-one-out of {N_CASTS} casts, CPU seconds": cpu(lambda: leave_one_out(casts(), OF))}
    column = casts(n_level=1)
    column = column._replace(value=column.value[:, :1])
    column = Casts(*(a[::3] for a in column if a is not None))
    for step, of, name in ((4, SHORT, ""), (1, SHORT, ""), (4, OF, ", with a scale of 2000 km")):
        place = lat[::step], lon[::step], DAY, column, of
        area = np.cos(np.radians(place[0])) * np.stack([place[0] > 0, place[0] <= 0])
        area /= area.sum(axis=1, keepdims=True)
        size = f"two means of {place[0].size} points from {column.noise.size} casts{name}, CPU seconds"
        weight = map_column(*place, area, N_NEIGHBOURS).weight
        figures[f"mapping of {size}"] = cpu(lambda p=place, a=area: map_column(*p, a, N_NEIGHBOURS))
        figures[f"error of {size}"] = cpu(lambda p=place, a=area, w=weight: error_covariance(*p, a, w))
    return figures


def main() -> dict[str, Any]:
    """Print and return the figures."""
    figures = month() | growth() | memory() | dense_solution() | sums_and_residuals()
    for name, figure in figures.items():
        print(f"mapping: {name}: {figure:.3g}")
    return figures | mapping_peers.main()


if __name__ == "__main__":
    main()

"""Objective mapping beside its peers, on the same casts and covariance: pyinterp and GloMarGridding.

pyinterp (C++) maps one value per cast with one scale and the nearest casts; a month has 60 levels of two
variables, each a run of its own. GloMarGridding solves the full matrix of gridded casts by NumPy. Each runs
on one core (set OPENBLAS_NUM_THREADS=1). ``pip install -e '.[bench]'`` brings the peers; one that is not
there is named as absent.
"""

import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.mapping.covariance import EARTH_RADIUS_KM, Covariance, between, covariance, places
from kernels.mapping.objective import Casts, analyse

N_CASTS, N_POINTS, N_NEIGHBOURS, REPEATS = 30_000, 4_000, 40, 3
KILOMETRES, DAYS, NOISE, SECONDS = 300.0, 30.0, 0.25, 86_400.0
ONE = covariance((KILOMETRES,), (DAYS,), (1.0,))


def dense(lat: np.ndarray, lon: np.ndarray, day: float, casts: Casts, of: Covariance) -> tuple[Any, Any]:
    """Estimate and error variance of one value per cast by the full matrix: (n_point,) each."""
    cast = places(casts.latitude, casts.longitude, casts.time, of)
    P = between(places(lat, lon, day, of), cast, of)
    weight = np.linalg.solve(between(cast, cast, of) + np.diag(casts.noise), P.T)
    return weight.T @ casts.value[:, 0, 0].astype(float), 1 - np.einsum("pk,kp->p", P, weight)


def some_casts(n: int, n_level: int = 1) -> Casts:
    rng = np.random.default_rng(n)
    lat, lon = np.degrees(np.arcsin(rng.uniform(-0.9, 0.9, n))), rng.uniform(-180, 180, n)
    value = rng.standard_normal((n, 2 if n_level > 1 else 1, n_level)).astype(np.float32)
    return Casts(lat, lon, rng.uniform(0, 90, n), np.full(n, NOISE), value)


def some_points(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return np.degrees(np.arcsin(rng.uniform(-0.9, 0.9, n))), rng.uniform(-180, 180, n)


def side_by_side(works: dict[str, Callable[[], Any]]) -> tuple[dict[str, float], dict[str, Any]]:
    """CPU seconds of the best of some repeats of each, in turn, after one that warms up, and the results."""
    results = {name: work() for name, work in works.items()}
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            start = time.process_time()
            work()
            found[name].append(time.process_time() - start)
    return {name: min(seconds) for name, seconds in found.items()}, results


def beside_pyinterp() -> dict[str, float]:
    """Both map 4,000 points from 30,000 casts with 40 neighbours and one Gaussian scale, on a sphere."""
    pyinterp = importlib.import_module("pyinterp")
    geographic = importlib.import_module("pyinterp.core.geometry.geographic")
    casts, (lat, lon) = some_casts(N_CASTS), some_points(N_POINTS)
    # its Gaussian is exp(-r**2), its lengths metres and seconds
    metres, seconds = np.sqrt(2) * KILOMETRES * 1e3, np.sqrt(2) * DAYS * SECONDS
    peer = pyinterp.OptimalInterpolation(
        np.column_stack([casts.longitude, casts.latitude, casts.time * SECONDS]),
        casts.value[:, 0, 0].astype(float),
        casts.noise,
        covariance="gaussian",
        coordinate_system="geographic",
        spheroid=geographic.Spheroid(EARTH_RADIUS_KM * 1e3, 0.0),
        time_scale=metres / seconds,
    )
    where = np.column_stack([lon, lat, np.full(lat.size, 45 * SECONDS)])
    many = some_casts(N_CASTS, 60)
    seconds_of, found = side_by_side({
        "theirs": lambda: peer(where, lt=seconds, sigma=1.0, l_spatial=metres, k=N_NEIGHBOURS, num_threads=1),
        "ours": lambda: analyse(lat, lon, 45.0, casts, ONE, N_NEIGHBOURS),
        "month": lambda: analyse(lat, lon, 45.0, many, ONE, N_NEIGHBOURS),
    })  # fmt: skip
    theirs, ours, month = seconds_of.values()
    estimate = np.asarray(found["theirs"].value)
    return {
        "pyinterp, one value per cast, CPU seconds": theirs,
        "ours, the same": ours,
        "ours, 60 levels of two variables": month,
        "pyinterp over ours, one value per cast": theirs / ours,
        "pyinterp over ours, 120 values per cast (its 120 runs)": 120 * theirs / month,
        "difference in the estimates, 99.9th percentile": float(
            np.quantile(np.abs(estimate - found["ours"].estimate[:, 0, 0]), 0.999)
        ),
    }


def beside_glomar(n: int = 300) -> dict[str, float]:
    """Casts on the cells of a grid of 2,000, all of them neighbours.

    GloMarGridding starts from the covariance of all cells with each other, which is not counted; ours makes
    what it needs of it.
    """
    kriging = importlib.import_module("glomar_gridding.kriging")
    lat, lon = (a.ravel() for a in np.meshgrid(np.arange(-20.0, 20), np.arange(0.0, 50), indexing="ij"))
    rng = np.random.default_rng(2)
    at = rng.permutation(lat.size)[:n]
    value = rng.standard_normal((n, 1, 1)).astype(np.float32)
    casts = Casts(lat[at], lon[at], np.zeros(n), np.full(n, NOISE), value)
    wide = covariance((2000,), (DAYS,), (1.0,))
    place = places(lat, lon, 0.0, wide)
    every = between(place, place, wide)

    def peer() -> Any:
        solved = kriging.SimpleKriging(every, at, value[:, 0, 0], NOISE * np.eye(n))
        return solved.solve(), solved.get_uncertainty()

    seconds_of, results = side_by_side({
        "theirs": peer,
        "ours": lambda: analyse(lat, lon, 0.0, casts, wide, n),
        "local": lambda: analyse(lat, lon, 0.0, casts, wide, N_NEIGHBOURS),
    })  # fmt: skip
    theirs, ours, local = seconds_of.values()
    (estimate, deviation), found, near = results.values()
    return {
        f"GloMarGridding, {n} casts, CPU seconds": theirs,
        f"ours, the same {n} casts for each point": ours,
        f"GloMarGridding over ours, {n} casts": theirs / ours,
        f"ours, 40 neighbours of {n}": local,
        f"largest difference in the estimates, {n} casts": float(
            np.abs(estimate - found.estimate[:, 0, 0]).max()
        ),
        f"largest difference in the errors, {n} casts": float(
            np.abs(deviation - np.sqrt(found.error_variance[:, 0, 0])).max()
        ),
        f"largest difference with 40 neighbours of {n}": float(
            np.abs(estimate - near.estimate[:, 0, 0]).max()
        ),
    }


def main() -> dict[str, float]:
    """Print and return the figures."""
    figures: dict[str, float] = {}
    peers: tuple[tuple[str, Callable[[], dict[str, float]]], ...] = (
        ("pyinterp", beside_pyinterp),
        ("GloMarGridding", beside_glomar),
        ("GloMarGridding", lambda: beside_glomar(1000)),
    )
    for name, beside in peers:
        try:
            found = beside()
        except ModuleNotFoundError as absent:
            print(f"mapping: peer {name} is not installed ({absent})")
            continue
        figures |= {f"beside {name}: {k}": v for k, v in found.items()}
    for key, figure in figures.items():
        print(f"mapping: {key}: {figure:.3g}")
    return figures


if __name__ == "__main__":
    main()

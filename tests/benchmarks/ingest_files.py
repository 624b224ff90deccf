"""Files a second from Argo single-cycle files to Records, against xarray with netCDF4 on the same files.

Both read the same variables of the same files, in turns, in one process; xarray loads them, and stops there.
"""

import re
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import xarray as xr

from catalogs.schema import Source, load
from flows.readers.argo import open_records
from flows.records import concatenate

SHARED = Path(__file__).parents[3] / "shared" / "records" / "argo"
ROUNDS, BATCH = 5, 100
LEVELS = [
    name + suffix
    for name in ("PRES", "TEMP", "PSAL")
    for suffix in ("", "_QC", "_ADJUSTED", "_ADJUSTED_QC", "_ADJUSTED_ERROR")
]
ROWS = [
    "JULD", "JULD_QC", "LATITUDE", "LONGITUDE", "POSITION_QC", "PLATFORM_NUMBER", "CYCLE_NUMBER", "DIRECTION",
    "DATA_MODE", "WMO_INST_TYPE", "STATION_PARAMETERS", "DATE_UPDATE", "REFERENCE_DATE_TIME",
]  # fmt: skip


def ours(files: Sequence[Path]) -> None:
    source = load(Source, "argo")
    for start in range(0, len(files), BATCH):
        concatenate(
            [records for f in files[start : start + BATCH] for records in open_records(str(f), source)]
        )


def xarray_netcdf4(files: Sequence[Path]) -> None:
    for file in files:
        with xr.open_dataset(file, engine="netcdf4") as dataset:
            dataset[[name for name in LEVELS + ROWS if name in dataset]].load()


def files_a_second(read: Callable[[Sequence[Path]], None], files: Sequence[Path]) -> float:
    start = time.perf_counter()
    read(files)
    return len(files) / (time.perf_counter() - start)


def main(folder: str | None = None) -> None:
    """Print files a second of both, and their ratio (median of alternating rounds)."""
    root = Path(folder) if folder else SHARED
    files = sorted(f for f in root.rglob("*.nc") if re.fullmatch(r"[RD]\d+_\d+D?\.nc", f.name))
    if not files:
        print(f"no Argo single-cycle file under {root}: name a folder that has some")
        return
    chosen = files[:: max(1, len(files) // 300)]
    warnings.simplefilter("ignore")
    for read in (ours, xarray_netcdf4):  # compile, import and fill the page cache
        read(chosen[:50])
    rates = [(files_a_second(ours, chosen), files_a_second(xarray_netcdf4, chosen)) for _ in range(ROUNDS)]
    own, peer = (statistics.median(column) for column in zip(*rates, strict=True))
    ratio = statistics.median(a / b for a, b in rates)
    print(f"Argo single-cycle files to Records, {len(chosen)} files, {ROUNDS} rounds")
    print(f"  oceanstate        {own:7.0f} files/s")
    print(f"  xarray + netCDF4  {peer:7.0f} files/s")
    print(f"  ratio             {ratio:7.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

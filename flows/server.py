"""The Prefect server that a run reports to: the one that is configured, else a quiet child of our own.

Prefect's own temporary server prints a traceback when it ends and has a start timeout that a busy machine
misses; a child that we start, wait for and end does neither. It dies with us, even if we are killed.
"""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what goes wrong is told by the report, once
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_CLI_PROMPT": "false",
}
START_SECONDS = 180


class ServerError(RuntimeError):
    """The Prefect server does not answer."""


def quiet_environment() -> None:
    """Settings that Prefect reads when it is imported; what the user has set stays."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # a logger that the level above does not reach: on a busy machine it tells of events left to send at exit
    logging.getLogger("EventsWorker").setLevel(logging.CRITICAL)


class _Child:
    def __init__(self) -> None:
        self.home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "oceanstate" / "prefect"
        self.home.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(self.home)
        self.log = self.home / f"server-{os.getpid()}.log"
        self.url = f"http://127.0.0.1:{_free_port()}/api"
        port = self.url.rsplit(":", 1)[1].removesuffix("/api")
        database = f"sqlite+aiosqlite:///{self.home}/run-{os.getpid()}.db"
        environment = os.environ | {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_DATABASE_CONNECTION_URL": database,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if _answers(self.url):
                return
            time.sleep(0.1)
        raise ServerError(f"the Prefect server did not start; its log is {self.log}")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for file in self.home.glob(f"*-{os.getpid()}.*"):
            file.unlink(missing_ok=True)


def _remove_leftovers(home: Path) -> None:
    """Files of servers whose process is gone, since it was killed."""
    if not Path("/proc").is_dir():
        return
    for file in [*home.glob("run-*.db*"), *home.glob("server-*.log")]:
        owner = file.name.split("-")[1].split(".")[0]
        if not Path(f"/proc/{owner}").exists():
            file.unlink(missing_ok=True)


@contextmanager
def starting_server() -> Iterator[_Child | None]:
    """A server that is coming up while the caller does something else; ``ready`` waits for it."""
    quiet_environment()
    if os.environ.get("PREFECT_API_URL"):
        yield None
        return
    child = _Child()
    os.environ["PREFECT_API_URL"] = child.url
    try:
        yield child
    finally:
        del os.environ["PREFECT_API_URL"]
        child.end()


def ready(child: _Child | None) -> None:
    """Wait until the server answers."""
    if child is not None:
        child.wait()
    elif not _answers(os.environ["PREFECT_API_URL"]):
        raise ServerError(f"no Prefect server answers at PREFECT_API_URL={os.environ['PREFECT_API_URL']}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

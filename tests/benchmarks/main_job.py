"""The main job on the synthetic ocean: seconds by step, peak memory of a worker, and a run with nothing new.

Each run is a process of its own, as a user starts it; its own summary is the measurement.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

OPTIONS = ("--months", "1990-01/2020-12")


def run(store: str, profiles: int) -> tuple[float, str]:
    """Wall seconds and what the command printed."""
    command = [str(Path(sys.executable).parent / "oceanstate"), "run", "demo", "--store", store]
    records = ("--records", f"synthetic://ocean?profiles={profiles}")
    start = time.perf_counter()
    done = subprocess.run([*command, *records, *OPTIONS], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def main(profiles: str = "500") -> None:
    """Print the steps of a first run and the time of a second with nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        first, said = run(folder, int(profiles))
        second, _ = run(folder, int(profiles))
    print(f"main job, synthetic ocean, profiles={profiles}, {OPTIONS[1]}")
    table = said[said.index("┏") : said.index("└")]
    print("\n".join(f"  {line}" for line in table.splitlines() if line[0] in "┃│"))
    print(f"  whole command {first:.0f} s")
    print(f"  again with nothing new {second:.1f} s, {100 * second / first:.1f} % of it")


if __name__ == "__main__":
    main(*sys.argv[1:])

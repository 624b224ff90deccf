"""Machine code on disk is that of the source on disk."""

import shutil
import subprocess
import sys
from pathlib import Path

CALLED = "from kernels.compiled import compiled\n\n\n@compiled\ndef called(x):\n    return x + {number}\n"
CALLER = """from kernels.called import called
from kernels.compiled import compiled


@compiled
def caller(x):
    return called(x)


print(caller(1), sum(caller.stats.cache_hits.values()))
"""


def test_compiled__machine_code_is_made_again_when_an_imported_file_has_changed(tmp_path: Path) -> None:
    package = tmp_path / "kernels"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(Path(__file__).parents[2] / "kernels" / "compiled.py", package)
    (package / "caller.py").write_text(CALLER)

    def run() -> str:
        command = [sys.executable, "-c", "import kernels.caller"]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    (package / "called.py").write_text(CALLED.format(number=10))
    assert run() == "11 0"
    assert run() == "11 1"  # from the cache
    (package / "called.py").write_text(CALLED.format(number=20))
    assert run() == "21 0"

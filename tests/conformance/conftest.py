"""Pairs of input and expected result that peers publish: which are compared, which agree, and why not.

A conformance test reports here each pair that it compares, and each that it does not. The run ends with a
table of them, and ``make tests-list`` reads what it leaves in pytest's cache.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LAST = "test_pairs__every_one_is_compared_or_listed"
Key = tuple[str, str, int]
"""Peer, check and number of a pair among those of the check, in the order of the peer's file."""


@dataclass
class Pairs:
    """What the conformance tests of this run have reported."""

    compared_by: dict[tuple[Key, str], tuple[bool, str]] = field(default_factory=dict)
    """By pair and tests: whether the results agree, and the reason if not."""
    left_out: dict[Key, str] = field(default_factory=dict)
    """Why a pair is not compared."""

    def compared(
        self,
        key: Key,
        by: Callable[..., Any] | tuple[Callable[..., Any], ...],
        found: Any,
        expected: Any,
        reason: str = "",
    ) -> None:
        """Report a pair, of which ``by`` found something; ``reason`` explains a difference, "word: why"."""
        tests = " + ".join(kernel.__name__ for kernel in (by if isinstance(by, tuple) else (by,)))
        agrees = np.array_equal(found, expected)
        self.compared_by[key, tests] = (agrees, "" if agrees else reason)

    def not_compared(self, key: Key, reason: str) -> None:
        """Report a pair that no test can answer for."""
        self.left_out[key] = reason

    @property
    def accounted(self) -> set[Key]:
        return {key for key, _ in self.compared_by} | set(self.left_out)

    @property
    def unexplained(self) -> list[tuple[Key, str]]:
        """Pairs whose results differ without a reason."""
        return [pair for pair, (agrees, reason) in self.compared_by.items() if not agrees and not reason]

    def rows(self) -> list[tuple[str, str, int, str, bool | None, str]]:
        """Everything reported, in the order of peers and checks."""
        compared = [(*key, tests, *said) for (key, tests), said in self.compared_by.items()]
        return sorted(compared + [(*key, "", None, reason) for key, reason in self.left_out.items()])


PAIRS = pytest.StashKey[Pairs]()


@pytest.fixture(scope="session")
def pairs(request: pytest.FixtureRequest) -> Pairs:
    return request.config.stash.setdefault(PAIRS, Pairs())


@pytest.fixture(scope="session")
def published(shared_records: Path) -> set[Key]:
    """Every pair of the shared files."""
    folder = shared_records.parent / "vectors" / "qc"
    peers = {
        "AutoQC": ("autoqc", "check"),
        "CoTeDe": ("cotede_flag", "function"),
        "Argo": ("argortqcpy", "check"),
    }
    n: Counter[tuple[str, str]] = Counter()
    for peer, (file, key) in peers.items():
        n.update(
            (peer, case[key].removeprefix("cotede."))
            for case in json.loads((folder / f"{file}_pairs.json").read_text())
        )
    n["QuinCe", "speed"] = len(json.loads((folder / "quince_speed_rows.json").read_text()))
    with np.load(folder / "medd_validation.npz", allow_pickle=False) as content:
        n["MEDD", "SPIKE_T"] = n["MEDD", "SPIKE_S"] = len(content["cases"])
    for file in (shared_records / "qc_cases").glob("icdc_*.txt"):
        n["ICDC", file.stem.removeprefix("icdc_")] = file.read_text().count("\nHH")
    return {(*check, number) for check, total in n.items() for number in range(total)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at all reports comes after those who report."""
    items.sort(key=lambda item: item.name == LAST)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reported = config.stash.get(PAIRS, Pairs())
    if not reported.accounted:
        return
    terminalreporter.section("pairs of the peers: compared, agreed")
    for line in _lines(reported):
        terminalreporter.write_line(line)


def _lines(reported: Pairs) -> Iterator[str]:
    rows = reported.rows()
    for check in sorted({(row[0], row[1], row[3]) for row in rows}):
        own = [row for row in rows if (row[0], row[1], row[3]) == check]
        peer, name, tests = check
        agreed = f"{len(own):3}, {sum(bool(row[4]) for row in own):3}" if tests else f"{len(own):3},   -"
        yield f"{peer:9}{name:34}{agreed}  {tests or 'not compared'}"
        for reason, n in Counter(row[5] for row in own if row[5]).items():
            yield f"{'':16}{n} x {reason}"

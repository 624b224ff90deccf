"""Write ``docs/quality_tests.md`` from the registry of tests and the last run of the conformance tests.

``make tests-list`` runs both. The pairs come from pytest's cache, where ``tests/conformance/conftest.py``
leaves them when all of them were compared or listed. On a machine that has no shared records, what the page
says of pairs stays as it is.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from kernels.registry import Test, tests

ROOT = Path(__file__).parents[1]
PAIRS = ROOT / ".pytest_cache" / "v" / "conformance" / "pairs"
PAGE = ROOT / "docs" / "quality_tests.md"

Pair = tuple[str, str, int, str, bool | None, str]
"""Peer, check, number, tests, whether they agree, reason of a difference or of no comparison."""

NO_PAIRS = ["-", "-"]
BELOW = "\n## Pairs by peer\n"

HEAD = """# Quality control tests

One row for each registered test; `make tests-list` writes this page from the registry and from the
conformance tests. A pair is an input that a peer publishes with the result that it expects: the values that
fail, or where the peer has them the outcomes. *Agreed/compared* counts pairs (of MEDD, cycles for temperature
and for salinity); each difference has its reason below, and so has each pair that is not compared. Where a
peer publishes no pairs, a kernel says in its docstring what it does otherwise.

*On* says what an outcome is about, and what a test must see at once where that is more than the row. Tests
of the second pass need statistics, history or neighbours.

| test | finds | measures | on | reference | pairs agreed/compared | differs in |
|---|---|---|---|---|---|---|
"""


def page(pairs: list[Pair]) -> str:
    compared = [p for p in pairs if p[3]]
    left_out = [p for p in pairs if not p[3]]
    rows = [_row(test, _pairs_of(test, compared)) for test in tests().values()]
    return "\n".join(
        [
            HEAD + "\n".join(rows),
            BELOW,
            *_table(("peer", "pairs", "compared", "agreed"), _totals(pairs)),
            "\n## Differences\n",
            *_table(("tests", "peer's check", "pairs", "reason"), _reasons(p for p in compared if not p[4])),
            "\n## Pairs that are not compared\n",
            *_table(("peer's check", "pairs", "reason"), (row[1:] for row in _reasons(left_out))),
            "",
        ]
    )


def page_without_records(before: str) -> str:
    """The page anew, with what it said of pairs before."""
    table, _, below = before.partition(BELOW)
    kept = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            cells = line.replace("\\|", "\0").strip("| ").split(" | ")
            kept[cells[0].strip("`")] = [cell.replace("\0", "|") for cell in cells[-2:]]
    rows = [_row(test, kept.get(test.name, NO_PAIRS)) for test in tests().values()]
    return "\n".join([HEAD + "\n".join(rows), BELOW + below])


def _pairs_of(test: Test, compared: list[Pair]) -> list[str]:
    """Counts of pairs by peer, and in a word what differs."""
    by_peer: dict[str, list[bool]] = defaultdict(list)
    words: set[str] = set()
    for peer, _, _, names, agrees, reason in compared:
        if test.name in names.split(" + "):
            by_peer[peer].append(bool(agrees))
            words |= {reason.partition(":")[0]} - {""}
    counts = ", ".join(f"{peer} {sum(said)}/{len(said)}" for peer, said in sorted(by_peer.items()))
    return [counts or "-", "; ".join(sorted(words)) or "-"]


def _row(test: Test, pairs: list[str]) -> str:
    on = test.on if test.scope == "row" else f"{test.on}, of a {test.scope}"
    on += "; second pass" if test.second_pass else ""
    return _line([f"`{test.name}`", finds(test), test.quantity, on, test.reference, *pairs])


def finds(test: Test) -> str:
    """First sentence of the kernel's docstring."""
    return " ".join((test.kernel.__doc__ or "").strip().split("\n\n")[0].split())


def _totals(pairs: list[Pair]) -> list[list[str]]:
    """A pair that two tests answer for agrees where both do."""
    agreed: dict[tuple[str, str, int], bool] = {}
    for peer, check, number, names, agrees, _ in pairs:
        if names:
            agreed[peer, check, number] = agreed.get((peer, check, number), True) and bool(agrees)
    there = {(p[0], p[1], p[2]) for p in pairs}
    return [
        [
            peer,
            str(sum(key[0] == peer for key in there)),
            str(sum(key[0] == peer for key in agreed)),
            str(sum(said for key, said in agreed.items() if key[0] == peer)),
        ]
        for peer in sorted({key[0] for key in there}, key=str.lower)
    ]


def _reasons(pairs: Iterable[Pair]) -> list[list[str]]:
    found = Counter((p[3], f"{p[0]} {p[1]}", p[5]) for p in pairs)
    return [[names, check, str(n), reason] for (names, check, reason), n in sorted(found.items())]


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    return [_line(header), _line(["---"] * len(header)), *map(_line, rows)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    if PAIRS.exists():
        PAGE.write_text(page([tuple(row) for row in json.loads(PAIRS.read_text())]))
    else:
        PAGE.write_text(page_without_records(PAGE.read_text()))

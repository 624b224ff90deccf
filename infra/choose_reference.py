"""Choose a procedure from candidates: how ``catalogs/procedures/reference.yaml`` came about.

    python infra/choose_reference.py CANDIDATES STORE:TRUTH:SOURCE ... [--budget 0.002] [--weight 30]

Every test of the procedure CANDIDATES is run by itself on the records of each store and compared with a
truth (see ``flows.ratings``), on the half of the platforms called ``chosen``. Tests are then taken one by
one: the next is always that which adds most to the true positive rate less ``weight`` times what it adds to
the false positive rate, as means over truths and over observations and whole records. One that would bring
the false positive rate of any truth above ``budget`` (of observations; five times that of records) is passed
over. It prints the tests as they are taken, and the rates of each test and of all together on both halves.
"""

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from catalogs.schema import Procedure, load
from flows import ratings
from flows.collection import Collection
from flows.compare import HALVES, rows_of_half
from flows.passes import Passes, second_passes
from flows.procedures import BoundProcedure, bind
from flows.ratings import BAD, GOOD, ROWS, Rater, Truth, truth_of

Key = tuple[str, str, str]
"""Half, name of the truth, variable or ROWS."""
Counts = dict[Key, Counter[tuple[int, int]]]
"""(1 bad or 0 good to the truth, bits of the tests that fail the value): number of values."""


@dataclass(frozen=True)
class Known:
    """A truth: the store, what is taken for true there, and the source that it is taken of."""

    store: str
    truth: Truth
    source: str

    @property
    def name(self) -> str:
        return f"{self.source} {self.truth}"


def counts_of(known: Known, candidates: BoundProcedure) -> Counts:
    """What each candidate, by itself, says of the values whose truth is known."""
    collection = Collection.open(known.store)
    reading = collection.read()
    paths = [p for feature in ("profiles", "trajectories") for p in reading.partitions(feature)]
    months = sorted({p.partition("/")[2] for p in paths})
    second = second_passes(Passes.of(reading), reading, months)
    found: Counts = {}
    for path in paths:
        partition = reading.dataset(path, without=("_QC_FAILED", "_QC_SKIPPED"))
        of_source = partition["SOURCE"].values == known.source
        if not of_source.any():
            continue
        given = second[path.partition("/")[2]].given(reading, partition, candidates)
        true = ratings.truth(partition, known.truth)
        masks = {v: np.zeros(true[v].size, np.uint64) for v in true}
        for test in candidates.tests:
            verdicts = Rater(test.entry.id, candidates.only([test]), 2).rate(partition, given)
            for v in (v for v in verdicts if v in masks):
                masks[v] |= np.where(verdicts[v] == BAD, np.uint64(1 << test.bit), np.uint64(0))
        _count(partition, known, of_source, true, masks, found)
    return found


def _count(
    partition: xr.Dataset,
    known: Known,
    of_source: np.ndarray,
    true: Mapping[str, np.ndarray],
    masks: Mapping[str, np.ndarray],
    found: Counts,
) -> None:
    size = partition["row_size"].values
    for half in HALVES:
        rows = rows_of_half(partition, half) & of_source
        for v in (v for v in true if v not in ("PRES", "DEPH")):
            wanted = (rows if v == ROWS else np.repeat(rows, size)) & np.isin(true[v], (GOOD, BAD))
            pairs, n = np.unique(
                np.stack([true[v][wanted].astype(np.uint64), masks[v][wanted]]), axis=1, return_counts=True
            )
            into = found.setdefault((half, known.name, v), Counter())
            for (t, m), k in zip(pairs.T.tolist(), n.tolist(), strict=True):
                into[int(t), int(m)] += k


def rates(counts: Counts, chosen: int, half: str) -> dict[Key, tuple[float, float]]:
    """True and false positive rate of a set of tests, by truth and variable of a half."""
    out = {}
    for key, counter in counts.items():
        if key[0] != half:
            continue
        n = np.zeros((2, 2))
        for (t, mask), k in counter.items():
            n[t, int(bool(mask & chosen))] += k
        bad, good = n[1].sum(), n[0].sum()
        if bad >= 20 and good >= 20:
            out[key] = (n[1, 1] / bad, n[0, 1] / good)
    return out


def choose(counts: Counts, candidates: BoundProcedure, budget: float, weight: float) -> list[str]:
    """Ids of the tests that are taken, in the order in which they are taken."""
    chosen, taken = 0, []
    while True:
        best, gain = None, 1e-4
        before = objective(rates(counts, chosen, "chosen"), weight)
        for test in candidates.tests:
            more = rates(counts, chosen | 1 << test.bit, "chosen")
            if any(f > (5 * budget if key[2] == ROWS else budget) for key, (_, f) in more.items()):
                continue
            if (step := objective(more, weight) - before) > gain:
                best, gain = test, step
        if best is None:
            return taken
        chosen |= 1 << best.bit
        taken.append(best.entry.id)
        print(f"+ {best.entry.id} ({gain:+.4f})", flush=True)


def objective(found: Mapping[Key, tuple[float, float]], weight: float) -> float:
    return float(np.mean([t - weight * f for t, f in found.values()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("candidates")
    parser.add_argument("truths", nargs="+", help="STORE:TRUTH:SOURCE")
    parser.add_argument("--budget", type=float, default=0.002)
    parser.add_argument("--weight", type=float, default=30.0)
    arguments = parser.parse_args()
    candidates = bind(load(Procedure, arguments.candidates))
    counts: Counts = {}
    for text in arguments.truths:
        store, truth, source = text.rsplit(":", 2)
        counts |= counts_of(Known(store, truth_of(truth), source), candidates)
    taken = choose(counts, candidates, arguments.budget, arguments.weight)
    bits = {t.entry.id: 1 << t.bit for t in candidates.tests}
    for name, chosen in [(n, bits[n]) for n in bits] + [("all taken", sum(bits[n] for n in taken))]:
        for half in HALVES:
            said = [
                f"{truth} {v} {100 * t:.2f}/{100 * f:.4f}"
                for (_, truth, v), (t, f) in rates(counts, chosen, half).items()
                if t or f
            ]
            print(f"{name} ({half}): " + "; ".join(said))


if __name__ == "__main__":
    main()

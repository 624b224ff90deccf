"""Comparing, scoring and advising as a user does: the commands on a store that a run has made."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from catalogs.schema import Use, load, names
from flows.cluster import cluster
from flows.collection import Collection
from flows.ratings import FACTORS

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).parent / "oceanstate"
PROCEDURES = ("argo_real_time", "gtspp", "wod")
Row = dict[str, str]
Result = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def oceanstate(dask_client: Any, prefect_server: str) -> Callable[..., Result]:
    """The command as a process of its own, on a cluster and a server that are there already."""

    def run(*arguments: str | Path) -> Result:
        command = [str(COMMAND), *map(str, arguments), "--cluster", dask_client.scheduler.address]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module")
def here(dask_client: Any, command_here: Callable[..., Result]) -> Callable[..., Result]:
    """The command in the process of the tests, on the same cluster."""

    def run(*arguments: str | Path) -> Result:
        return command_here(*arguments, "--cluster", dask_client.scheduler.address)

    return run


def done(result: Result) -> Result:
    assert result.returncode == 0, result.stderr
    return result


def table(file: Path) -> list[Row]:
    with file.open() as lines:
        return list(csv.DictReader(lines))


def is_figure(file: Path) -> bool:
    return file.read_bytes().startswith(b"\x89PNG") and file.stat().st_size > 5000


def state(store: str | Path) -> tuple[Any, ...]:
    """Everything that a version says of itself, and the branches: equal where nothing was written."""
    collection = Collection.open(str(store))
    reading = collection.read()
    ledgers = {step: dict(reading.ledger(step)) for step in reading.groups("ledger")}
    versions = [v.name for v in collection.versions()]
    return versions, collection.runs(), collection.snapshot("main"), json.dumps(ledgers, sort_keys=True)


@pytest.fixture(scope="module")
def untouched(whole: Path) -> Iterable[None]:
    """Nothing that the tests of this module do changes the store."""
    before = state(whole)
    yield
    assert state(whole) == before


@pytest.fixture(scope="module")
def folder(whole: Path) -> Path:
    return whole / "products" / Collection.open(str(whole)).current_version()


@pytest.fixture(scope="module")
def n_records(whole: Path, command_here: Callable[..., Result]) -> int:
    """As ``status`` counts them."""
    version = Collection.open(str(whole)).current_version()
    status = done(command_here("status", "--store", whole)).stdout
    (line,) = [s for s in status.splitlines() if version in s]
    return int(line.split("│")[4])


def whole_counts(rows: Iterable[Row], *of: str) -> dict[tuple[str, ...], int]:
    return {tuple(row[k] for k in of): int(row["judged"]) for row in rows if row["by"] == "all"}


# ---------------------------------------------------------------- compare


@pytest.fixture(scope="module")
def compared(
    whole: Path, oceanstate: Callable[..., Result], untouched: None, tmp_path_factory: Any
) -> tuple[Result, Path]:
    into = tmp_path_factory.mktemp("compared")
    return done(oceanstate("compare", *PROCEDURES, "--store", whole, "--output", into)), into


def test_compare__counts_every_record_of_the_store(compared, whole, n_records):
    result, _ = compared
    version = Collection.open(str(whole)).current_version()
    assert f"version {version}: {n_records} records, 3 procedures" in result.stdout


def test_compare__tables_add_up(compared, n_records):
    _, into = compared
    rates, pairs = table(into / "base_rates.csv"), table(into / "pairs.csv")
    assert {row["rater"] for row in rates} == set(PROCEDURES)
    for kind in ("all", "platform", "source", "decade", "region"):
        for procedure in PROCEDURES:
            own = [r for r in rates if (r["rater"], r["variable"], r["by"]) == (procedure, "row", kind)]
            assert sum(int(r["judged"]) for r in own) <= n_records
    judged = whole_counts(rates, "rater", "variable")
    for row in rates:
        assert int(row["bad"]) <= int(row["judged"]) <= judged[row["rater"], row["variable"]]
    bad = {(r["rater"], r["variable"]): int(r["bad"]) for r in rates if r["by"] == "all"}
    overall = [r for r in pairs if r["by"] == "all"]
    assert {(r["a"], r["b"]) for r in overall} == {
        ("argo_real_time", "gtspp"),
        ("argo_real_time", "wod"),
        ("gtspp", "wod"),
    }
    for row in overall:
        four = [int(row[k]) for k in ("both_bad", "only_a_bad", "only_b_bad", "neither_bad")]
        assert sum(four) == int(row["n"])
        assert four[0] + four[1] <= bad[row["a"], row["variable"]]
        assert four[0] + four[2] <= bad[row["b"], row["variable"]]


def test_compare__what_the_store_was_checked_with_is_judged_as_the_masks_say(
    whole, here, untouched, tmp_path
):
    reading = Collection.open(str(whole)).read()
    (own,) = reading.ledger("procedures")
    done(here("compare", own, f"{own}@4", "--store", whole, "--output", tmp_path))
    rates = {(r["rater"], r["variable"]): r for r in table(tmp_path / "base_rates.csv") if r["by"] == "all"}
    for rater, flags in ((own, (3, 4)), (f"{own}@4", (4,))):
        bad = sum(
            int((reading.dataset(p)["TEMP_QC"].isin(flags)).sum()) for p in reading.partitions("profiles")
        )
        assert int(rates[rater, "TEMP"]["bad"]) == bad


def test_compare__lists_the_records_on_which_they_differ(compared, whole):
    result, into = compared
    differing = table(into / "differing.csv")
    assert f"records on which they differ: {len(differing)} listed" in result.stdout
    there = set()
    reading = Collection.open(str(whole)).read()
    for path in reading.partitions():
        there |= set(map(str, reading.dataset(path)["RECORD_ID"].values.tolist()))
    assert {row["RECORD_ID"] for row in differing} <= there
    assert all(len(set(row["verdicts"])) > 1 and "1" in row["verdicts"] for row in differing)


def test_compare__draws_a_figure(compared):
    assert is_figure(compared[1] / "comparison.png")


def test_compare__only_the_months_that_are_named(whole, here, untouched, tmp_path):
    month = Collection.open(str(whole)).read().dataset("profiles/2004/06")
    result = done(
        here("compare", "gtspp", "wod", "--store", whole, "--months", "2004-06", "--output", tmp_path)
    )
    assert f" {month.sizes['profile']} records, 2 procedures" in result.stdout


# ---------------------------------------------------------------- score


def score(here: Callable[..., Result], store: Path, into: Path, *more: str) -> list[Row]:
    done(here("score", *more, "--truth", "planted", "--store", store, "--output", into))
    assert is_figure(into / "scores.png")
    return table(into / "scores.csv")


def test_score__both_halves_add_up_to_the_whole(whole, here, untouched, tmp_path):
    counts = ("bad", "good", "true_positives", "false_positives")
    kinds = ((), ("--half", "chosen"), ("--half", "held_back"))
    rows = [score(here, whole, tmp_path / f"{k}", "gtspp", *half) for k, half in enumerate(kinds)]
    together, *halves = (
        {(r["variable"], r["by"], r["group"]): [int(r[k]) for k in counts] for r in part} for part in rows
    )
    assert together["row", "all", "all"][0] > 10
    assert all(half["row", "all", "all"][1] > 100 for half in halves)
    for key, n in together.items():
        assert n == [sum(pair) for pair in zip(*(h.get(key, [0] * 4) for h in halves), strict=True)], key


def test_score__a_sweep_has_monotone_rates(whole, here, untouched, tmp_path):
    rows = score(here, whole, tmp_path, "gtspp", "--roc", "spike:shallow,deep")
    own = [r for r in rows if r["by"] == "all" and r["variable"] == "TEMP"]
    assert [r["procedure"].rpartition(" x ")[2] for r in own] == [f"{f:g}" for f in FACTORS]
    for rate in ("tpr", "fpr"):
        rates = [float(r[rate]) for r in own]
        assert rates == sorted(rates, reverse=True), "a wider limit finds no more"
        assert rates[0] > rates[-1]
    for row in own:
        assert float(row["tpr_low"]) <= float(row["tpr"]) <= float(row["tpr_high"])


def test_score__goes_beside_the_products_of_the_version(whole, here, untouched, folder):
    done(here("score", "gtspp", "--truth", "planted", "--half", "chosen", "--months", "2004-06",
                    "--store", whole))  # fmt: skip
    done(here("score", "gtspp", "--truth", "planted", "--roc", "spike:shallow", "--months", "2004-06",
                    "--store", whole))  # fmt: skip
    assert is_figure(folder / "score-planted-chosen" / "scores.png")
    assert {r["procedure"] for r in table(folder / "score-planted-chosen" / "scores.csv")} == {"gtspp"}
    assert len(table(folder / "score-planted-roc-spike" / "scores.csv")) > len(FACTORS)


# ---------------------------------------------------------------- advise


@pytest.mark.parametrize("use", names("uses"))
def test_advise__says_what_a_use_keeps(use, whole, here, untouched, n_records, tmp_path):
    result = done(here("advise", "--use", use, "--store", whole, "--output", tmp_path))
    assert load(Use, use).title in result.stdout
    records, values = table(tmp_path / "records.csv"), table(tmp_path / "values.csv")
    for kind in ("all", "platform", "source", "decade", "region"):
        assert sum(int(r["records"]) for r in records if r["by"] == kind) == n_records
    for row in records:
        reasons = set(row) - {"by", "group", "records", "part kept"}
        assert sum(int(row[k]) for k in reasons) == int(row["records"])
    assert all(0 < int(r["kept"]) <= int(r["values"]) for r in values if r["variable"] == "TEMP")
    indicators = table(tmp_path / "indicators.csv")
    made = Collection.open(str(whole)).read().groups("indicators")
    assert {row["indicator"] for row in indicators} == set(made)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("compare", "gtspp", "none"), "catalogs/procedures has no entry 'none'", id="procedure"),
        pytest.param(("compare", "gtspp"), "name at least two procedures", id="one procedure"),
        pytest.param(("compare", "gtspp", "gtspp"), "named twice: gtspp", id="twice"),
        pytest.param(("compare", "gtspp@7", "wod"), "must be 2, 3 or 4", id="flag"),
        pytest.param(("compare", "gtspp", "wod", "--months", "2004-13"), "is not a month", id="month"),
        pytest.param(
            ("compare", "gtspp", "wod", "--months", "1950-01"), "has no records of 1950-01", id="no records"
        ),
        pytest.param(("compare", "gtspp", "wod", "--version", "1999"), "1999", id="version"),
        pytest.param(("score", "gtspp", "--truth", "hearsay"), "truth 'hearsay' is not known", id="truth"),
        pytest.param(
            ("score", "gtspp", "--truth", "planted", "--half", "better"), "half 'better' is not known",
            id="half",
        ),
        pytest.param(
            ("score", "gtspp", "--truth", "planted", "--roc", "spike"), "TEST:PARAMETER", id="roc"
        ),
        pytest.param(
            ("score", "gtspp", "--truth", "planted", "--roc", "none:limit"), "has no test 'none'",
            id="roc test",
        ),
        pytest.param(
            ("score", "gtspp", "--truth", "planted", "--roc", "spike:limit"), "has no parameter limit",
            id="roc parameter",
        ),
        pytest.param(("advise", "--use", "fishing"), "catalogs/uses has no entry 'fishing'", id="use"),
    ],
)  # fmt: skip
def test_command__tells_what_is_wrong_in_one_line(arguments, said, whole, here, untouched):
    result = here(*arguments, "--store", whole)
    assert_one_line(result, said)


def assert_one_line(result: Result, said: str) -> None:
    assert result.returncode == 1, result.stdout
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


ON_A_STORE = {
    "compare": ("compare", "gtspp", "wod"),
    "score": ("score", "gtspp", "--truth", "planted"),
    "advise": ("advise", "--use", "climate"),
}


@pytest.mark.parametrize("arguments", ON_A_STORE.values(), ids=ON_A_STORE)
def test_command__needs_a_store_that_a_campaign_was_run_on(arguments, here, oceanstate, tmp_path):
    assert_one_line(here(*arguments, "--store", tmp_path / "none"), "repository doesn't exist")
    Collection.open(str(tmp_path / "empty"), create=True)
    assert_one_line(oceanstate(*arguments, "--store", tmp_path / "empty"), "run a campaign on it first")


# ---------------------------------------------------------------- an object store


@pytest.mark.usefixtures("small_campaign")
def test_commands__work_on_an_object_store(command_here, object_store):
    store = f"{object_store}/compared"
    run = ("run", "small", "--records", "synthetic://ocean?profiles=60", "--months", "2004-01/2004-02")
    with cluster("local", workers=1) as client:  # started when the address of the object store is known
        there = ("--store", store, "--cluster", client.scheduler.address)
        done(command_here(*run, *there))
        before = state(store)
        for arguments in ON_A_STORE.values():
            done(command_here(*arguments, *there))
    assert state(store) == before
    files, path = fsspec.url_to_fs(f"{store}/products/{Collection.open(store).current_version()}")
    files.invalidate_cache()
    assert {
        "compare/comparison.png",
        "compare/pairs.csv",
        "score-planted/scores.csv",
        "score-planted/scores.png",
        "advice-climate/records.csv",
    } <= {name.removeprefix(f"{path}/") for name in files.find(path)}

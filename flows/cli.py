"""The command ``oceanstate``.

Exit status: 0 when everything was done, or quarantined with its reason; 1 for an error that stopped the
command; 2 for a command line that cannot be understood; 3 when items of a step failed after every retry.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.location import StoreError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, soft_wrap=True, highlight=False)

DEFAULT_STORE = "store"
FAILED = 3
Store = Annotated[str, typer.Option(help="URL of the store: a path, file://, s3:// or gs://")]
Months = Annotated[str | None, typer.Option(help="first/last month, for example 1993-01/2020-12")]
Cluster = Annotated[str, typer.Option(help="local, or a Dask scheduler's address, tcp://...")]
Version = Annotated[str, typer.Option(help="a released version, or main for the newest")]


def main() -> None:
    """Entry point of the command: errors that a user can mend are one line, not a traceback."""
    from flows.cluster import ClusterError
    from flows.server import ServerError

    try:
        app()
    except (ValueError, StoreError, ClusterError, ServerError) as error:
        err.print(f"oceanstate: {error}", style="red", markup=False)
        sys.exit(1)


@app.command()
def run(
    campaign: Annotated[str, typer.Argument(help="a campaign of the catalogue, for example demo or records")],
    records: Annotated[str | None, typer.Option(help="URL of the records; default: the campaign's")] = None,
    store: Store = DEFAULT_STORE,
    months: Months = None,
    cluster: Cluster = "local",
    seed: Annotated[int | None, typer.Option(help="seed of a synthetic source")] = None,
) -> None:
    """Run a campaign: records in, quality control, climatology, indicators, a released version out."""
    from flows.server import starting_server

    with starting_server() as server:
        from flows.reprocess import check, reprocess
        from flows.summary import print_summary

        check(campaign, months, store)
        with _started(server):
            summary = reprocess(campaign, store, records, months, cluster, seed)
    print_summary(out, summary)
    raise typer.Exit(FAILED if summary.failed else 0)


@contextlib.contextmanager
def _started(server: Any) -> Iterator[None]:
    """For the flow of the body: the server that ``starting_server`` gave answers, and bars are shown."""
    from flows.server import ready

    with err.status("starting") if err.is_terminal else contextlib.nullcontext():
        ready(server)
    with _progress_bars():
        yield


@contextlib.contextmanager
def _progress_bars() -> Iterator[None]:
    """A bar for each step, on a terminal only."""
    from flows.fanout import show_progress

    columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        bar: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in bar:
                bar[step] = bars.add_task(step, total=total)
            bars.update(bar[step], completed=done)

        token = show_progress.set(show)
        try:
            yield
        finally:
            show_progress.reset(token)


@app.command()
def status(store: Store = DEFAULT_STORE) -> None:
    """Show the versions of a store, what they hold, and runs that were not finished."""
    from flows.collection import Collection
    from flows.summary import print_status

    print_status(out, Collection.open(store))


@app.command()
def table(
    indicator: Annotated[str, typer.Argument(help="an indicator of the store, for example ohc_0_700")],
    store: Store = DEFAULT_STORE,
    region: Annotated[str | None, typer.Option(help="or code of a station; default: all")] = None,
    format: Annotated[
        str | None,
        typer.Option(help="csv, json, parquet, netcdf, markdown, or omi: NetCDF as published indicators"),
    ] = None,
    version: Version = "main",
    output: Annotated[
        str | None, typer.Option(help="file instead of the terminal; its ending chooses a format, .nc: omi")
    ] = None,
    analysis: Annotated[
        str | None, typer.Option(help="means by this analysis, for example analysis_1deg, not by boxes")
    ] = None,
) -> None:
    """Print an indicator with its uncertainty, units, conventions and version.

    NetCDF in the layout of published indicators holds one region, by default the first.
    """
    from flows.collection import Collection
    from flows.location import write_bytes
    from flows.open import open_indicator
    from flows.origin import origin_at
    from flows.products import omi_file
    from flows.tables import FORMATS, OMI, format_of, of_region, table, write_table

    form = format or format_of(output or "")
    if form not in (*FORMATS, OMI):
        raise ValueError(f"format {form!r} is not known; choose one of {', '.join((*FORMATS, OMI))}")
    dataset = open_indicator(store, indicator, version=version, analysis=analysis)
    if form == OMI:
        collection = Collection.open(store)
        _, content = omi_file(dataset, region, origin_at(collection, collection.snapshot(version)))
    else:
        content = write_table(table(of_region(dataset, region)), form)
    if output:
        write_bytes(output, content)
    else:
        sys.stdout.buffer.write(content)


@app.command()
def figure(
    indicator: Annotated[str, typer.Argument(help="an indicator of the store, for example ohc_0_700")],
    output: Annotated[str, typer.Option(help="URL of the file to write: .png, .pdf or .svg")],
    store: Store = DEFAULT_STORE,
    region: Annotated[
        str | None, typer.Option(help="or code of a station; default: the first of the indicator")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="series, methods, trend_map, section, hovmoeller, depth_trend, budget, station or stations"
        ),
    ] = "series",
    year: Annotated[int | None, typer.Option(help="whose days a figure of heat waves shows")] = None,
    version: Version = "main",
) -> None:
    """Draw an indicator with its uncertainty, as a report prints it."""
    from flows.collection import Collection
    from flows.location import write_bytes
    from flows.report import figure_of, format_of

    format = format_of(output)
    collection = Collection.open(store)
    snapshot = collection.snapshot(version)
    name = collection.name_of(snapshot)
    write_bytes(output, figure_of(collection.at(snapshot), name, indicator, region, kind, format, year))
    out.print(f"written: {output}", markup=False)


@app.command()
def analysis(
    name: Annotated[str, typer.Argument(help="an analysis of the store, for example analysis_1deg")],
    output: Annotated[str, typer.Option(help="URL of a folder for NetCDF, a month a file; or NAME.zarr")],
    store: Store = DEFAULT_STORE,
    months: Months = None,
    version: Version = "main",
) -> None:
    """Export the gridded fields of an analysis: NetCDF in the layout of CORA's, or plain Zarr."""
    from flows.analysis_files import write_netcdf, write_zarr

    if output.rstrip("/").endswith(".zarr"):
        n = write_zarr(store, name, output, months, version)
    else:
        n = len(write_netcdf(store, name, output, months, version))
    out.print(f"written: {output}, {n} months", markup=False)


@app.command()
def levels(
    output: Annotated[str, typer.Option(help="URL of a folder for NetCDF, a month a file")],
    store: Store = DEFAULT_STORE,
    months: Months = None,
    grid: Annotated[str, typer.Option(help="of the catalogue: its levels and gaps")] = "climatology_5deg",
    scheme: Annotated[str | None, typer.Option(help="linear, pchip ...; default: that of the grid")] = None,
    variable: Annotated[list[str] | None, typer.Option(help="default: TEMP and PSAL")] = None,
    layer: Annotated[list[str] | None, typer.Option(help="its mean too, for example 0-700")] = None,
    use: Annotated[str | None, typer.Option(help="a use of the catalogue: which values enter")] = None,
    version: Version = "main",
) -> None:
    """Export checked profiles at standard levels with the error of interpolation, and layer means."""
    from flows.level_files import Wanted, layer_of, write_levels

    wanted = Wanted.of(grid, scheme, variable or ("TEMP", "PSAL"), [layer_of(x) for x in layer or ()], use)
    files, n = write_levels(store, output, wanted, months, version)
    out.print(f"written: {output}, {len(files)} months, {n} profiles", markup=False)


@app.command()
def consensus(
    recipe: Annotated[str, typer.Argument(help="a recipe of the catalogue, for example igcc_ohc")],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="NAME=FILE, NAME=FILE@UNITS or NAME:LAYER=FILE: further products, or other files"
        ),
    ] = None,
    folder: Annotated[str | None, typer.Option(help="URL of the folder with the files of the recipe")] = None,
    output: Annotated[str | None, typer.Option(help="folder for tables, figures and provenance")] = None,
    format: Annotated[
        str | None, typer.Option(help="print the table: csv, json, parquet, netcdf or markdown")
    ] = None,
    layer: Annotated[list[str] | None, typer.Option(help="only this layer, for example 0-700")] = None,
    without: Annotated[list[str] | None, typer.Option(help="a product that is left out")] = None,
    region: Annotated[str | None, typer.Option(help="region of the tables of further products")] = None,
    baseline: Annotated[str | None, typer.Option(help="first/last year; default: the recipe's")] = None,
    period: Annotated[list[str] | None, typer.Option(help="first/last year of trends")] = None,
) -> None:
    """Combine published series of one quantity, and your own, with structural and mapping uncertainty."""
    from catalogs.recipe import Recipe
    from catalogs.schema import load
    from flows.consensus import combined
    from flows.consensus_choices import adapted, years_of
    from flows.consensus_products import consensus_table, print_consensus, write_consensus
    from flows.tables import FORMATS, write_table

    if format is not None and format not in FORMATS:
        raise ValueError(f"format {format!r} is not known; choose one of {', '.join(FORMATS)}")
    wanted = adapted(
        load(Recipe, recipe),
        files or (),
        layers=layer or (),
        without=without or (),
        region=region,
        baseline=years_of(baseline) if baseline else None,
        periods=[years_of(p) for p in period or ()],
    )
    found = combined(wanted, folder)
    written = write_consensus(output, found) if output else []
    if format is None:
        print_consensus(out, found, written)
    else:
        sys.stdout.buffer.write(write_table(consensus_table(found), format))


@app.command()
def explain(
    record_id: Annotated[int, typer.Argument(help="RECORD_ID of a record")],
    store: Store = DEFAULT_STORE,
    version: Version = "main",
) -> None:
    """Say for each flagged observation of a record which test failed, what it measured and its limit."""
    from flows.collection import Collection
    from flows.explain import explain_record

    out.print(explain_record(Collection.open(store).read(version), record_id), markup=False)


@app.command()
def statistics(
    variable: Annotated[str, typer.Argument(help="a variable, for example TEMP")],
    output: Annotated[str, typer.Option(help="URL of the CF NetCDF to write")],
    store: Store = DEFAULT_STORE,
    version: Version = "main",
) -> None:
    """Export the statistics of a variable with which the second pass of quality control compares."""
    from flows.climatology_files import export
    from flows.collection import Collection
    from flows.passes import statistics_of

    export(statistics_of(Collection.open(store).read(version), variable), output)
    out.print(f"written: {output}", markup=False)


@app.command()
def compare(
    procedures: Annotated[
        list[str], typer.Argument(help="procedures; iquod@4 counts flags from 4 on as bad")
    ],
    store: Store = DEFAULT_STORE,
    version: Version = "main",
    months: Months = None,
    cluster: Cluster = "local",
    output: Annotated[str | None, typer.Option(help="folder; default: beside the version's products")] = None,
) -> None:
    """Run procedures side by side on the records of a version: agreement, base rates, where they differ."""
    from flows.server import starting_server

    with starting_server() as server:
        from flows.compare import check, compare
        from flows.compare_products import write_comparison
        from flows.ratings import Rater
        from flows.summary import print_comparison

        raters = [Rater.of(name) for name in procedures]
        if len(raters) < 2:
            raise ValueError("name at least two procedures to compare")
        check(raters, store, version, None, None, months)
        with _started(server):
            counted = compare(raters, store, version, months=months, cluster=cluster)
    folder = output or _beside(store, counted.version, "compare")
    print_comparison(out, counted, write_comparison(folder, counted))


@app.command()
def score(
    procedures: Annotated[
        list[str], typer.Argument(help="procedures; iquod@4 counts flags from 4 on as bad")
    ],
    truth: Annotated[str, typer.Option(help="delivered, delayed or planted: who knows what is bad")],
    store: Store = DEFAULT_STORE,
    version: Version = "main",
    half: Annotated[str | None, typer.Option(help="platforms of one half: chosen or held_back")] = None,
    roc: Annotated[str | None, typer.Option(help="TEST:PARAMETER[,PARAMETER]: sweep a test's limits")] = None,
    months: Months = None,
    cluster: Cluster = "local",
    output: Annotated[str | None, typer.Option(help="folder; default: beside the version's products")] = None,
) -> None:
    """True and false positive rates of procedures against a truth, by observation and by record."""
    from flows.server import starting_server

    with starting_server() as server:
        from flows.compare import check, compare
        from flows.compare_products import write_scores
        from flows.ratings import Rater, swept, truth_of
        from flows.summary import print_scores

        known = truth_of(truth)
        raters = swept(procedures, roc) if roc else [Rater.of(name) for name in procedures]
        check(raters, store, version, known, half, months)
        with _started(server):
            counted = compare(raters, store, version, known, half, months, cluster)
    swept_test = ["roc", roc.partition(":")[0]] if roc else []
    name = "-".join(["score", truth, *([half] if half else []), *swept_test])
    folder = output or _beside(store, counted.version, name)
    print_scores(out, counted, write_scores(folder, counted, connected=roc is not None))


@app.command()
def advise(
    use: Annotated[str, typer.Option(help="a use of the catalogue: climate, assimilation or extremes")],
    store: Store = DEFAULT_STORE,
    version: Version = "main",
    cluster: Cluster = "local",
    output: Annotated[str | None, typer.Option(help="folder; default: beside the version's products")] = None,
) -> None:
    """Say which records a use keeps, and what its choice does to the indicators."""
    from catalogs.schema import Use, load
    from flows.server import starting_server

    wanted = load(Use, use)
    with starting_server() as server:
        from flows.advise import advise, check
        from flows.compare_products import write_advice
        from flows.summary import print_advice

        check(store, version)
        with _started(server):
            advice = advise(wanted, store, version, cluster)
    folder = output or _beside(store, advice.version, f"advice-{use}")
    print_advice(out, advice, write_advice(folder, advice))


def _beside(store: str, version: str, name: str) -> str:
    from flows.location import join

    return join(store, "products", version or "unreleased", name)


@app.command()
def catalogue(
    kind: Annotated[str | None, typer.Argument(help="sources, procedures, regions, tests ...")] = None,
    name: Annotated[str | None, typer.Argument(help="an entry of that kind")] = None,
) -> None:
    """List the catalogue: its kinds, the entries of a kind, or one entry."""
    from flows.summary import print_catalogue

    print_catalogue(out, kind, name)


if __name__ == "__main__":
    main()

"""Tables and figures of comparisons and scores, as files and as what the command prints."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flows.advise import Advice
from flows.compare import Counted
from flows.figures import BLUE, INK, RED, STYLE, png
from flows.location import join, write_bytes
from flows.products import write_csv
from flows.ratings import ROWS
from flows.tally import pair_rows
from kernels.agreement import rate_interval

Row = Mapping[str, Any]
BY = ("platform", "region", "depth", "decade")
"""Kinds of groups that figures show."""


def write_comparison(folder: str, counted: Counted) -> list[str]:
    """Tables ``pairs``, ``base_rates`` and ``differing``, and the figure; gives the files written."""
    files = {
        "pairs.csv": counted.pairs(),
        "base_rates.csv": base_rates(counted),
        "differing.csv": counted.differing,
    }
    for name, rows in files.items():
        write_csv(join(folder, name), rows)
    write_bytes(join(folder, "comparison.png"), comparison_figure(counted))
    return [join(folder, name) for name in (*files, "comparison.png")]


def base_rates(counted: Counted) -> list[dict[str, Any]]:
    """Part of the values that each rater judged and called bad, by variable and group."""
    rows = []
    for k, name in enumerate(counted.names):
        totals: dict[tuple[str, str, str], list[int]] = {}
        for (variable, kind, group, pattern), n in counted.patterns.items():
            judged = totals.setdefault((variable, kind, group), [0, 0])
            if pattern[k] in "01":
                judged[0] += n
                judged[1] += n * (pattern[k] == "1")
        for (variable, kind, group), (n, bad) in sorted(totals.items()):
            rate = bad / n if n else float("nan")
            where = {"rater": name, "variable": variable, "by": kind, "group": group}
            rows.append(where | {"judged": n, "bad": bad, "rate": rate})
    return rows


def matrix(counted: Counted, variable: str, measure: str = "kappa") -> np.ndarray:
    """A measure of each pair of raters over all values of a variable: (n, n), NaN on the diagonal."""
    names = counted.names
    out = np.full((len(names), len(names)), np.nan)
    for row in counted.pairs():
        if row["variable"] == variable and row["by"] == "all":
            i, j = names.index(row["a"]), names.index(row["b"])
            out[i, j] = out[j, i] = row[measure]
    return out


def comparison_figure(counted: Counted) -> bytes:
    """Cohen's kappa of each pair, on rows and on temperature, and base rates by group."""
    rates = base_rates(counted)
    shown = [ROWS, *(v for v in ("TEMP", "PSAL") if any(r["variable"] == v for r in rates))]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.2 * max(len(shown), 2), 9.2))
        top, bottom = np.asarray(figure.subfigures(2, 1, height_ratios=(1, 1.25)))
        for axes, variable in zip(np.atleast_1d(top.subplots(1, len(shown))), shown, strict=True):
            _matrix_axes(axes, counted, variable)
        top.suptitle(f"Cohen's kappa of version {counted.version}", fontsize=10, x=0.02, ha="left")
        for axes, kind in zip(bottom.subplots(2, 2).ravel(), BY, strict=True):
            _rates_axes(axes, counted.names, [r for r in rates if r["by"] == kind], kind)
        handles, labels = bottom.axes[0].get_legend_handles_labels()
        bottom.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, fontsize=8)
        return png(figure)


def _matrix_axes(axes: Axes, counted: Counted, variable: str) -> None:
    kappa = matrix(counted, variable)
    axes.imshow(np.ma.masked_invalid(kappa), vmin=0, vmax=1, cmap="Blues")
    for (i, j), value in np.ndenumerate(kappa):
        text = "" if i == j else "-" if np.isnan(value) else f"{value:.2f}"
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if value > 0.6 else INK)
    ticks = range(len(counted.names))
    axes.set_xticks(ticks, counted.names, rotation=40, ha="right", fontsize=7)
    axes.set_yticks(ticks, counted.names, fontsize=7)
    axes.set_title("records" if variable == ROWS else variable)


def _rates_axes(axes: Axes, names: Sequence[str], rates: Sequence[Row], kind: str) -> None:
    """Base rates of TEMP by depth, of records by anything else: a point for each rater."""
    wanted = [r for r in rates if r["variable"] == ("TEMP" if kind == "depth" else ROWS) and r["judged"]]
    groups = sorted({r["group"] for r in wanted}, key=_by_number)
    for k, name in enumerate(names):
        own = {r["group"]: 100 * r["rate"] for r in wanted if r["rater"] == name}
        at = [i for i, g in enumerate(groups) if g in own]
        shift = 0.5 * (k / max(len(names) - 1, 1) - 0.5)
        color = f"C{k}"
        axes.plot([i + shift for i in at], [own[groups[i]] for i in at], "o", ms=5, color=color, label=name)
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_xticks(range(len(groups)), groups, rotation=30, ha="right", fontsize=7)
    what = "TEMP values" if kind == "depth" else "records"
    axes.set_title(f"{what} called bad, by {kind}")
    axes.set_ylabel("%")
    axes.grid(axis="y", lw=0.3)


def _by_number(group: str) -> tuple[int, str]:
    digits = "".join(c for c in group.split("-")[0] if c.isdigit())
    return (int(digits) if digits and "dbar" in group else 0, group)


def score_rows(counted: Counted) -> list[dict[str, Any]]:
    """True and false positive rates of each rater on the truth, with their 95 % intervals."""
    last = len(counted.names) - 1
    rows = []
    for pair in pair_rows(counted.patterns, counted.names, ((k, last) for k in range(last))):
        bad, good = pair["both_bad"] + pair["only_b_bad"], pair["only_a_bad"] + pair["neither_bad"]
        tpr_low, tpr_high = rate_interval(pair["both_bad"], bad)
        fpr_low, fpr_high = rate_interval(pair["only_a_bad"], good)
        row = {k: pair[k] for k in ("a", "b", "variable", "by", "group")} | {"bad": bad, "good": good}
        row |= {"true_positives": pair["both_bad"], "false_positives": pair["only_a_bad"]}
        row |= {"tpr": pair["true_positive_rate"], "tpr_low": float(tpr_low), "tpr_high": float(tpr_high)}
        row |= {"fpr": pair["false_positive_rate"], "fpr_low": float(fpr_low), "fpr_high": float(fpr_high)}
        rows.append(row | {"kappa": pair["kappa"]})
    for row in rows:
        row["procedure"], row["truth"] = row.pop("a"), row.pop("b")
    return [{"procedure": r["procedure"], "truth": r["truth"], **r} for r in rows]


def write_scores(folder: str, counted: Counted, connected: bool = False) -> list[str]:
    """Table ``scores.csv`` and figure ``scores.png``; ``connected`` draws the curve of a sweep."""
    rows = score_rows(counted)
    write_csv(join(folder, "scores.csv"), rows)
    write_bytes(join(folder, "scores.png"), score_figure(rows, connected))
    return [join(folder, "scores.csv"), join(folder, "scores.png")]


def score_figure(rows: Sequence[Row], connected: bool = False) -> bytes:
    """True against false positive rate, a panel for records and one for each variable that has a truth."""
    overall = [r for r in rows if r["by"] == "all" and r["bad"] and r["good"]]
    panels = sorted({r["variable"] for r in overall}, key=lambda v: (v != ROWS, v)) or [ROWS]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1 + 4 * len(panels), 4.4))
        for axes, variable in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
            _score_axes(axes, [r for r in overall if r["variable"] == variable], variable, connected)
        return png(figure)


def _score_axes(axes: Axes, rows: Sequence[Row], variable: str, connected: bool) -> None:
    fpr, tpr = ([100 * r[k] for r in rows] for k in ("fpr", "tpr"))
    if connected:
        order = np.argsort(fpr, kind="stable")
        axes.plot(np.array(fpr)[order], np.array(tpr)[order], color=BLUE, lw=1)
    for row, x, y in zip(rows, fpr, tpr, strict=True):
        own = row["procedure"].partition("@")[0] == "reference"
        axes.plot(x, y, "o", color=RED if own else BLUE, ms=5)
        label = row["procedure"].rpartition(" x ")[2] if connected else row["procedure"]
        axes.annotate(label, (x, y), xytext=(5, 4), textcoords="offset points", fontsize=7)
    axes.set_xscale("symlog", linthresh=0.01)
    axes.set_xlim(left=-0.001)
    axes.set_ylim(-3, 103)
    axes.grid(lw=0.3)
    n = f"{rows[0]['bad']} bad, {rows[0]['good']} good" if rows else "nothing to count"
    axes.set_title(("records" if variable == ROWS else variable) + f": {n}")
    axes.set(xlabel="good ones called bad (%)", ylabel="bad ones found (%)")


def write_advice(folder: str, advice: Advice) -> list[str]:
    """Tables ``records``, ``values`` and ``indicators`` of an advice; gives the files written."""
    files = {"records.csv": advice.records, "values.csv": advice.values, "indicators.csv": advice.indicators}
    for name, rows in files.items():
        write_csv(join(folder, name), rows)
    return [join(folder, name) for name in files]

"""One indicator in one region by each method that a version holds: box averages, and its analyses.

Which numbers are compared, and what is printed with the figure of them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from flows.captions import area_text, region_title, sentence, slope_of
from flows.collection import Reading
from flows.figures.series import Line, methods_figure, trend_text
from flows.figures.style import Caption
from kernels.compiled import Array

BOXES = "box averages"
FEW_MONTHS = 60
"""Up to so many, months are compared instead of years: five yearly means say little."""


class Compared(NamedTuple):
    """Anomalies by each method from its mean over the times at which all methods have a value."""

    period: str
    """``monthly`` or ``yearly``"""
    time: Array
    """(n,) months (datetime64) or calendar years."""
    value: dict[str, Array]
    """By method (n,); NaN where missing. Relative to the method's own reference where ``common`` is empty."""
    error: dict[str, Array]
    """Standard errors (1 sigma) of the method's own anomalies."""
    common: Array
    """Times at which every method that has any value has one."""

    @property
    def drawn(self) -> list[str]:
        """Methods that have a value."""
        return [name for name, value in self.value.items() if np.isfinite(value).any()]


def by_each_method(reading: Reading, one: xr.Dataset) -> dict[str, xr.Dataset]:
    """An indicator in one region by box averages, ``one``, and by the analyses that have it there."""
    indicator, region = one.attrs["indicator"], str(one["region"].values)
    series = {BOXES: one}
    for name in sorted(reading.ledger("analysis_series")):
        analysis, _, of = name.partition("/")
        if of == indicator:
            mapped = reading.dataset(f"analysis/{analysis}/series/{indicator}")
            if region in mapped["region"].values:
                series[f"objective mapping, {analysis}"] = mapped.sel(region=region)
    return series


def by_several_methods(reading: Reading, one: xr.Dataset) -> dict[str, xr.Dataset]:
    """As ``by_each_method``, of which box averages must not be the only one.

    Raises
    ------
    ValueError
        where no analysis of the version has the indicator in the region; says which series it has.
    """
    series = by_each_method(reading, one)
    if len(series) < 2:
        there = ", ".join(sorted(reading.ledger("analysis_series"))) or "none"
        raise ValueError(
            f"no analysis of this version has {one.attrs['indicator']} in {one['region'].values}, so no "
            f"methods; try --kind series. Series by its analyses: {there}"
        )
    return series


def on_common_terms(series: Mapping[str, xr.Dataset]) -> Compared:
    """Series of one quantity on one axis of time and with one zero.

    Yearly means from the first to the last year of any method; where the methods share only a few months,
    the values of the months that they share.
    """
    ends = [one["month"].values[[0, -1]].astype("M8[M]") for one in series.values()]
    shared = np.arange(
        max(first for first, _ in ends), min(last for _, last in ends) + np.timedelta64(1, "M")
    )
    if 0 < shared.size <= FEW_MONTHS:
        return _compared(series, "monthly", shared.astype("M8[ns]"))
    years = np.concatenate([one["year"].values for one in series.values()])
    return _compared(series, "yearly", np.arange(years.min(), years.max() + 1))


def _compared(series: Mapping[str, xr.Dataset], period: str, time: Array) -> Compared:
    along = {"monthly": "month", "yearly": "year"}[period]
    value, error = (
        {name: one[f"{period}_{k}"].reindex({along: time}).values for name, one in series.items()}
        for k in ("value", "standard_error")
    )
    known = [known for v in value.values() if (known := np.isfinite(v)).any()]
    common = np.logical_and.reduce(known) if known else np.zeros(time.size, bool)
    if common.any():
        value = {name: v - v[common].mean() for name, v in value.items()}
    return Compared(period, time, value, error, time[common])


def methods_of(series: Mapping[str, xr.Dataset], version: str, format: str = "png") -> bytes:
    """Figure of what ``by_each_method`` gives: values, bands and trends of each method."""
    compared = on_common_terms(series)
    caption, units = _caption(series, compared, version), series[BOXES].attrs["units"]
    return methods_figure(caption, units, compared.time, _lines(series, compared), format=format)


def _lines(series: Mapping[str, xr.Dataset], compared: Compared) -> dict[str, Line]:
    """What is drawn of each method. Trends of other years than those shown are printed, not drawn; the years
    are printed unless they are the same, and shown, for all."""
    span = {name: _trend_years(one) for name, one in series.items()}
    shown = _year(compared.time[0]), _year(compared.time[-1])
    inside = {name: bool(s) and shown[0] <= s[0] and s[1] <= shown[1] for name, s in span.items()}
    alike = len({s for s in span.values() if s}) < 2
    lines = {}
    for name, one in series.items():
        slope = slope_of(one)
        said = trend_text(slope) if slope else f"no trend: {one['trend_note'].values}"
        if slope and not (alike and inside[name]):
            said += ", {}\N{EN DASH}{}".format(*span[name])
        if name not in compared.drawn:
            said = f"no {compared.period} value"
        per_year = slope.per_year if slope and inside[name] else np.nan
        lines[name] = Line(compared.value[name], compared.error[name], per_year, said)
    return lines


def _trend_years(one: xr.Dataset) -> tuple[int, ...]:
    """First and last year of the trend; empty where there is none."""
    known = one["year"].values[np.isfinite(one["yearly_value"].values)]
    return (int(known[0]), int(known[-1])) if slope_of(one) else ()


def _year(time: Any) -> int:
    return int(str(time)[:4])


def _caption(series: Mapping[str, xr.Dataset], compared: Compared, version: str) -> Caption:
    """Words of the figure: what the methods have in common, and what each one is."""
    one, about = series[BOXES], series[BOXES].attrs
    lacking = [name for name in series if name not in compared.drawn]
    why = "; ".join(f"{name}: {_why_none(series[name], compared)}" for name in lacking)
    lines = [
        f"Version {version or 'not released'}. {_zero(series, compared)} "
        f"Area {area_text(float(one['area']))}: {about['area']}.",
        f"Convention: {about['convention']}.",
    ]
    for name, each in series.items():
        how = each.attrs.get("mapping") or each.attrs["method"]
        lines.append(f"{sentence(name, '')}: {how}.")
    trends = dict.fromkeys(each.attrs["trend_method"] for each in series.values() if slope_of(each))
    lines += [
        f"No {compared.period} value by {why}." if why else "",
        "Bands: 95 % interval as the table of each method states it, for its own anomalies. The methods "
        "share their casts, so their errors are not independent.",
        f"Trends: {'; or '.join(trends)}." if trends else "",
    ]
    what = {"monthly": "monthly values", "yearly": "yearly means"}[compared.period]
    subtitle = f"{region_title(str(one['region'].values))}, {what}"
    return Caption(about["title"], subtitle, tuple(line for line in lines if line), why)


def _zero(series: Mapping[str, xr.Dataset], compared: Compared) -> str:
    """What the anomalies of the lines are relative to."""
    what = {"monthly": "month", "yearly": "year"}[compared.period]
    if not compared.common.size:
        own = [f"{name}: {one.attrs['reference_period']}, {one.attrs['baseline']}"
               for name, one in series.items()]  # fmt: skip
        return f"No {what} has a value by all methods, so each keeps its own zero ({'. '.join(own)})."
    first, last = (_printed(t) for t in compared.common[[0, -1]])
    n = compared.common.size
    of = "that all have" if len(compared.drawn) > 1 else "that there are"
    return f"Each line is relative to its mean over the {n} {what}s {of}, {first} to {last}."


def _printed(time: Any) -> str:
    """A year, or a month with its name."""
    is_month = isinstance(time, np.datetime64)
    return f"{time.astype('M8[M]').astype(object):%B %Y}" if is_month else str(time)


def _why_none(one: xr.Dataset, compared: Compared) -> str:
    """Why a series has no value at the times that are compared: two reasons at most."""
    note = one[f"{compared.period}_note"]
    there = np.isin(one[note.dims[0]].values, compared.time)
    reasons = [str(reason) for reason in np.unique(note.values[there]) if reason]
    return "; ".join(reasons[:2]) or "its series does not go so far"

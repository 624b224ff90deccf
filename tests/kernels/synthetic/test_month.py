import gsw
import numpy as np
import pytest

from catalogs.land import land_class
from kernels.ragged import row_of_obs, row_start_of
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.faults import CAST_FAULTS, DUPLICATES, ROLLOVER, SMALLEST_DRIFT, xbt_bias
from kernels.synthetic.month import (
    DECIMALS,
    FAULTS,
    SALINITY_NOISE,
    TEMPERATURE_NOISE,
    make_month,
    make_series,
    platform_codes,
)
from kernels.synthetic.ocean import state
from kernels.synthetic.places import places_of
from kernels.synthetic.sampling import FLOAT, MOORING, XBT, levels, month_bounds, sample_month

CLEAN = dict.fromkeys(FAULTS, 0.0)
FAULTY = CLEAN | dict.fromkeys((*CAST_FAULTS, *DUPLICATES), 0.05) | {"drift": 0.5, "xbt_bias": 1.0}
WHEN = (2012, 2)


@pytest.fixture(scope="module")
def places():
    return places_of(land_class())


@pytest.fixture(scope="module")
def clean(places):
    return make_month(1, *WHEN, 2000, CLEAN, places)


@pytest.fixture(scope="module")
def faulty(places):
    return make_month(1, *WHEN, 2000, FAULTY, places)


def truth(seed, casts, bias):
    """Temperature and salinity of the ocean at each level of the casts."""
    start, z = row_start_of(casts.row_size), levels(casts)
    row = row_of_obs(start)
    by_depth = np.isin(casts.kind, (XBT, MOORING))[row]
    warm, fall = (np.where(casts.kind == XBT, bias * b, 0)[row] for b in xbt_bias(casts.time))
    depth = np.where(by_depth, z, -gsw.z_from_p(z, casts.latitude[row])) * (1 - fall)
    modes = eddy_modes(casts.latitude, casts.longitude, casts.time, eddy_waves(seed))
    temperature, salinity = state(start, casts.latitude, casts.time, modes, depth)
    return temperature + warm, salinity


def spans(month, fault, variable):
    """Row, first and last observation of each label."""
    found = month.labels
    chosen = (found.fault == fault) & (found.variable == variable)
    start = row_start_of(month.casts.row_size)
    row = found.row[chosen]
    return row, start[row] + found.first[chosen], start[row] + found.last[chosen]


def labelled(month, variable):
    """(n_obs,) whether a value carries a label; duplicates and faults of the row label the whole row."""
    found, start = month.labels, row_start_of(month.casts.row_size)
    out = np.zeros(start[-1], bool)
    for k in range(len(found.row)):
        a, b = start[found.row[k]], start[found.row[k] + 1]
        if found.first[k] < 0:
            out[a:b] = True
        elif found.variable[k] == variable:
            out[a + found.first[k] : a + found.last[k] + 1] = True
    return out


def test_make_month__values_are_the_ocean_and_known_noise(clean):
    kind = np.repeat(clean.casts.kind, clean.casts.row_size)
    temperature, salinity = truth(1, clean.casts, 0)
    rounding = 0.51 * 10.0 ** -DECIMALS[kind] + 1e-6
    away = np.abs(clean.values.temperature - temperature)
    assert np.all(away <= 6 * TEMPERATURE_NOISE[kind] + rounding)
    salty = kind != XBT
    np.testing.assert_array_equal(np.isnan(clean.values.salinity), ~salty)
    away = np.abs(clean.values.salinity - salinity)[salty]
    assert np.all(away <= 6 * SALINITY_NOISE[kind[salty]] + rounding[salty])
    for k in np.unique(kind):
        spread = (clean.values.temperature - temperature)[kind == k].std()
        assert spread == pytest.approx(TEMPERATURE_NOISE[k], rel=0.05)
    assert len(clean.labels.row) == 0


def test_make_month__values_are_as_precise_as_delivered(clean):
    kind = np.repeat(clean.casts.kind, clean.casts.row_size)
    scale = 10.0 ** DECIMALS[kind]
    value = clean.values.temperature.astype(float) * scale
    assert np.abs(value - np.round(value)).max() < 0.01
    by_depth = np.isin(kind, (XBT, MOORING))
    np.testing.assert_array_equal(np.isnan(clean.values.pressure), by_depth)
    np.testing.assert_array_equal(np.isnan(clean.values.depth), ~by_depth)


def test_make_month__clean_floats_have_no_inversion_that_a_test_would_see(clean):
    kind = np.repeat(clean.casts.kind, clean.casts.row_size)
    row = row_of_obs(row_start_of(clean.casts.row_size))
    chosen = kind == FLOAT
    SA = gsw.SR_from_SP(clean.values.salinity[chosen].astype(float))
    pressure = clean.values.pressure[chosen].astype(float)
    CT = gsw.CT_from_t(SA, clean.values.temperature[chosen].astype(float), pressure)
    middle = (pressure[1:] + pressure[:-1]) / 2
    step = gsw.rho(SA[1:], CT[1:], middle) - gsw.rho(SA[:-1], CT[:-1], middle)
    assert step[np.diff(row[chosen]) == 0].min() > -0.03


def test_make_month__what_carries_no_label_is_untouched(places, faulty):
    only_bias = make_month(1, *WHEN, 2000, CLEAN | {"xbt_bias": 1.0}, places)
    n, n_obs = only_bias.casts.n_row, len(only_bias.values.temperature)
    for variable, name in (("TEMP", "temperature"), ("PSAL", "salinity")):
        plain = ~labelled(faulty, variable)[:n_obs]
        if variable == "TEMP":
            biased = np.repeat(only_bias.casts.kind == XBT, only_bias.casts.row_size)
            plain = ~labelled_without_bias(faulty)[:n_obs]
            assert (plain & biased).any()
        a, b = (getattr(m.values, name)[:n_obs][plain] for m in (faulty, only_bias))
        np.testing.assert_array_equal(a, b)
    row_faults = faulty.labels.row[np.isin(faulty.labels.fault, ("longitude_sign", "wrong_day"))]
    for name in ("time", "latitude", "longitude"):
        changed = np.flatnonzero(getattr(faulty.casts, name)[:n] != getattr(only_bias.casts, name))
        assert set(changed) <= set(row_faults)


def labelled_without_bias(month):
    keep = month.labels.fault != "xbt_bias"
    reduced = type(month.labels)(**{k: v[keep] for k, v in vars(month.labels).items()})
    return labelled(type(month)(month.casts, month.values, month.renamed, reduced), "TEMP")


VARIABLES = [("TEMP", "temperature", 0), ("PSAL", "salinity", 1)]


@pytest.mark.parametrize(("variable", "name", "index"), VARIABLES)
def test_spike__is_one_value_inside_the_cast(clean, faulty, variable, name, index):
    row, first, last = spans(faulty, "spike", variable)
    start = row_start_of(faulty.casts.row_size)
    assert len(row) > 3
    np.testing.assert_array_equal(first, last)
    assert np.all((first > start[row]) & (last < start[row + 1] - 1))
    change = np.abs(getattr(faulty.values, name)[first] - getattr(clean.values, name)[first])
    xbt = faulty.casts.kind[row] == XBT
    assert np.all(change[~xbt] >= (2.99, 0.49)[index])


@pytest.mark.parametrize(("variable", "name", "index"), VARIABLES)
def test_stuck__repeats_the_value_above(faulty, variable, name, index):
    row, first, last = spans(faulty, "stuck", variable)
    value = getattr(faulty.values, name)
    assert len(row) > 3
    for a, b in zip(first, last, strict=True):
        np.testing.assert_array_equal(value[a : b + 1], value[a - 1])


@pytest.mark.parametrize(("variable", "name", "index"), VARIABLES)
@pytest.mark.parametrize("fault", ["offset", "rollover"])
def test_offset_and_rollover__add_one_amount(places, faulty, fault, variable, name, index):
    reference = make_month(1, *WHEN, 2000, CLEAN | {"xbt_bias": 1.0}, places)
    row, first, last = spans(faulty, fault, variable)
    start = row_start_of(faulty.casts.row_size)
    np.testing.assert_array_equal(last, start[row + 1] - 1)
    assert len(row) > 3
    for r, a, b in zip(row, first, last, strict=True):
        change = getattr(faulty.values, name)[a : b + 1] - getattr(reference.values, name)[a : b + 1]
        assert np.ptp(change) < 1e-4
        if fault == "offset":
            assert a == start[r]
            assert (2, 0.5)[index] - 1e-4 <= abs(change[0]) <= (6, 2)[index] + 1e-4
        else:
            assert a > start[r]
            assert abs(change[0]) == pytest.approx(ROLLOVER[index], abs=1e-4)


def test_inversion__is_lighter_than_the_level_above(faulty):
    row, first, last = spans(faulty, "inversion", "PSAL")
    assert len(row) > 3
    np.testing.assert_array_equal(last, first + 2)
    latitude = faulty.casts.latitude[row]
    density, pressures = [], []
    for index in (first - 1, first):
        depth = np.nan_to_num(faulty.values.depth[index].astype(float))
        pressure = faulty.values.pressure[index].astype(float)
        pressures.append(np.where(np.isnan(pressure), gsw.p_from_z(-depth, latitude), pressure))
    for index, pressure in zip((first - 1, first), pressures, strict=True):
        SA = gsw.SR_from_SP(faulty.values.salinity[index].astype(float))
        CT = gsw.CT_from_t(SA, faulty.values.temperature[index].astype(float), pressure)
        density.append(gsw.rho(SA, CT, np.mean(pressures, axis=0)))
    assert np.all(density[1] - density[0] < -0.08)


def test_longitude_sign_and_wrong_day__change_the_row(clean, faulty):
    for fault, variable in (("longitude_sign", "LONGITUDE"), ("wrong_day", "TIME")):
        chosen = faulty.labels.fault == fault
        assert chosen.sum() > 20
        assert np.all(faulty.labels.variable[chosen] == variable)
        row = faulty.labels.row[chosen]
        if fault == "longitude_sign":
            np.testing.assert_array_equal(faulty.casts.longitude[row], -clean.casts.longitude[row])
            assert np.all(clean.casts.longitude[row] != 0)
            continue
        moved = faulty.casts.time[row] - clean.casts.time[row]
        np.testing.assert_allclose(moved, np.round(moved), atol=1e-6)
        assert np.abs(moved).min() > 2.9
        first, last = month_bounds(*WHEN)
        assert np.all((faulty.casts.time[row] >= first) & (faulty.casts.time[row] < last))


def test_drift__grows_through_the_life_of_a_float(places):
    rates = CLEAN | {"drift": 0.4}
    amounts = []
    for year in (2012, 2013, 2014):
        month = make_month(1, year, 6, 1000, rates, places)
        reference = make_month(1, year, 6, 1000, CLEAN, places)
        row, first, last = spans(month, "drift", "PSAL")
        change = month.values.salinity - reference.values.salinity
        size = np.array([change[a : b + 1].mean() for a, b in zip(first, last, strict=True)])
        assert np.abs(size).min() >= SMALLEST_DRIFT - 1e-3
        assert not np.any(change[np.isfinite(change) & ~labelled(month, "PSAL")])
        amounts.append(dict(zip(month.casts.platform[row], size, strict=True)))
    assert len(amounts[1]) > 20
    same = set(amounts[0]) & set(amounts[1])
    assert len(same) > 5
    for platform in same:
        assert 0.045 < abs(amounts[1][platform]) - abs(amounts[0][platform]) < 0.155
        assert np.sign(amounts[0][platform]) == np.sign(amounts[1][platform])


def test_xbt_bias__warms_and_varies_with_the_year(places):
    found = []
    for year in (1978, 2008):
        biased, plain = (make_month(1, year, 6, 3000, CLEAN | {"xbt_bias": b}, places) for b in (1.0, 0.0))
        rows = np.flatnonzero(biased.casts.kind == XBT)
        np.testing.assert_array_equal(biased.labels.row, rows)
        obs = np.repeat(biased.casts.kind == XBT, biased.casts.row_size)
        change = biased.values.temperature - plain.values.temperature
        np.testing.assert_array_equal(change[~obs], 0)
        found.append(change[obs].mean())
    assert 0.1 < found[0] < 0.5
    assert 0.01 < found[1] < found[0] / 2


@pytest.mark.parametrize("kind", DUPLICATES)
def test_duplicates__are_copies_of_their_originals(faulty, kind):
    chosen = faulty.labels.fault == kind
    row, original = faulty.labels.row[chosen], faulty.labels.original[chosen]
    casts, values, start = faulty.casts, faulty.values, row_start_of(faulty.casts.row_size)
    assert len(row) > 20
    assert np.all(original < row)
    other = np.isin(faulty.labels.fault, ("xbt_bias", *DUPLICATES))
    assert np.intersect1d(original, faulty.labels.row[~other]).size == 0
    np.testing.assert_array_equal(casts.row_size[row], casts.row_size[original])
    tolerance = {"duplicate_exact": 0, "duplicate_rounded": 0.0501, "duplicate_shifted": 0}[kind]
    for r, o in zip(row, original, strict=True):
        a, b = (values.temperature[start[k] : start[k + 1]] for k in (r, o))
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
    moved = np.abs(casts.latitude[row] - casts.latitude[original])
    later = np.abs(casts.time[row] - casts.time[original])
    if kind == "duplicate_exact":
        assert not moved.any()
    elif kind == "duplicate_rounded":
        assert moved.max() <= 0.0501
        np.testing.assert_allclose(casts.latitude[row], np.round(casts.latitude[row], 1))
    else:
        assert 0.0099 < moved.min() < moved.max() < 0.0501
        assert 4.9 / 1440 < later.min() < later.max() < 61 / 1440
    assert 0.2 < faulty.renamed[row].mean() < 0.8
    assert not faulty.renamed[original].any()


def test_labels__rates_are_as_stated(faulty, clean):
    n = clean.casts.n_row
    for fault in (*CAST_FAULTS, *DUPLICATES):
        part = (faulty.labels.fault == fault).sum() / n
        assert 0.02 < part < 0.07, fault
    one = faulty.labels.row[np.isin(faulty.labels.fault, (*CAST_FAULTS, "drift"))]
    assert np.unique(one).size == one.size


def test_platform_codes__are_one_to_one_with_platforms(faulty):
    casts = faulty.casts
    codes = platform_codes(casts, faulty.renamed, *WHEN)
    keys = list(zip(casts.kind.tolist(), casts.platform.tolist(), faulty.renamed.tolist(), strict=True))
    assert len(set(codes.tolist())) == len(set(keys)) == len(set(zip(codes.tolist(), keys, strict=True)))
    plain = (casts.kind == FLOAT) & ~faulty.renamed
    assert all(len(c) == 7 and c.isdigit() for c in codes[plain].tolist())


def test_make_series__is_the_surface_of_the_same_ocean(places):
    series = make_series(1, 2015, 4, 3000, CLEAN, places)
    assert series.renamed.size > 3
    modes = eddy_modes(series.casts.latitude, series.casts.longitude, series.casts.time, eddy_waves(1))
    start = np.arange(series.casts.n_row + 1)
    depth = np.ones(series.casts.n_row)
    temperature, _ = state(start, series.casts.latitude, series.casts.time, modes, depth)
    np.testing.assert_allclose(
        series.values.temperature, temperature, atol=6 * TEMPERATURE_NOISE[MOORING] + 1e-3
    )
    sites = sample_month(1, 2015, 4, 3000, places)
    assert set(series.casts.platform) <= set(sites.platform[sites.kind == MOORING])


def test_make_series__spikes_are_where_the_labels_say(places):
    plain, spiky = (make_series(1, 2015, 4, 3000, CLEAN | {"spike": r}, places) for r in (0.0, 0.6))
    each = spiky.casts.n_row // spiky.renamed.size
    where = spiky.labels.row * each + spiky.labels.first
    changed = np.flatnonzero(plain.values.temperature != spiky.values.temperature)
    np.testing.assert_array_equal(np.sort(where), changed)
    assert changed.size > 2

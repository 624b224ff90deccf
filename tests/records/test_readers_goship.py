"""The exchange reader against pandas, on cruises of 1993 to 2013."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from catalogs.schema import Source, load
from flows.readers.exchange import open_records
from flows.records import concatenate

pytestmark = pytest.mark.records
GOSHIP = load(Source, "goship")


def table(file: Path) -> pd.DataFrame:
    """Columns as pandas reads them, without units; -999 is missing."""
    lines = [line.strip() for line in file.read_text("latin-1").splitlines() if line and line[0] != "#"]
    start = next(i for i, line in enumerate(lines) if line.startswith(("EXPOCODE,", "CTDPRS,")))
    text = "\n".join([lines[start], *lines[start + 2 : lines.index("END_DATA")]])
    return pd.read_csv(io.StringIO(text), skipinitialspace=True, na_values=[-999], index_col=False)


def test_exchange__every_file_is_read_without_a_remark(shared_records: Path) -> None:
    files = sorted((shared_records / "goship").glob("*.csv"))
    parts = [open_records(str(file), GOSHIP)[0] for file in files]
    records = concatenate(parts)
    assert len(files) == 13
    assert (records.n_row, records.n_obs, records.notes) == (270, 20401, ())
    assert np.isfinite(records.rows["TIME"]).all()
    counted = {
        name: int(np.isin(records.obs[f"{name}_SOURCE_QC"], (3, 4)).sum())
        for name in ("TEMP", "PSAL", "DOXY")
    }
    assert counted == {"TEMP": 0, "PSAL": 28, "DOXY": 91}


def test_exchange__ctd_values_are_those_of_the_file(shared_records: Path) -> None:
    for file in sorted((shared_records / "goship").glob("*_ct1.csv")):
        (records,) = open_records(str(file), GOSHIP)
        frame = table(file)
        old = "68" in next(x for x in file.read_text("latin-1").splitlines() if x.startswith("DBAR"))[:20]
        for name, column, scale in (
            ("PRES", "CTDPRS", 1),
            ("TEMP", "CTDTMP", 1.00024 if old else 1),
            ("PSAL", "CTDSAL", 1),
            ("DOXY", "CTDOXY", 1),
        ):
            np.testing.assert_allclose(records.obs[name] * scale, frame[column], rtol=1e-6, err_msg=file.name)


def test_exchange__bottles_are_those_of_the_file(shared_records: Path) -> None:
    for file in sorted((shared_records / "goship").glob("*_hy1.csv")):
        (records,) = open_records(str(file), GOSHIP)
        frame = table(file)
        cast = ["STNNBR", "CASTNO"]
        other = frame.get("CTDOXY", frame["OXYGEN"])
        counts = frame.groupby(cast)[["CTDSAL", "OXYGEN"]].transform("count")
        salinity = frame["CTDSAL"].where(counts["CTDSAL"] > 0, frame["SALNTY"])
        oxygen = frame["OXYGEN"].where(counts["OXYGEN"] > 0, other)
        expected = pd.DataFrame(
            {
                "row": frame.groupby(cast, sort=False).ngroup(),
                "PRES": frame["CTDPRS"],
                "TEMP": frame["CTDTMP"],
                "PSAL": salinity,
                "DOXY": oxygen,
                "NTRA": frame["NITRAT"],
            }
        ).sort_values(["row", "PRES"], kind="stable")
        np.testing.assert_array_equal(records.row_size, expected.groupby("row").size())
        for name in ("PRES", "TEMP", "PSAL", "DOXY", "NTRA"):
            np.testing.assert_array_equal(
                records.obs[name], expected[name].astype("f4"), err_msg=f"{file.name} {name}"
            )
        flagged = (frame["NITRAT_FLAG_W"].isin([3, 4])).sum()
        assert np.isin(records.obs["NTRA_SOURCE_QC"], (3, 4)).sum() == flagged

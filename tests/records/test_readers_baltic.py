"""The table of Baltic CTD levels, and what its two sets of flags have to say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from catalogs.schema import Source, load
from flows.readers.level_table import open_records

pytestmark = pytest.mark.records
BALTIC = load(Source, "baltic_ctd")


def test_level_table__every_level_of_the_baltic_is_read(shared_records: Path) -> None:
    file = shared_records / "baltic" / "cora_bo_ctd.parquet"
    (records,) = open_records(str(file), BALTIC)
    frame = pd.read_parquet(file)
    key = ["filename", "profile_no", "profile_time"]
    frame = frame.assign(row=frame.groupby(key, sort=False).ngroup()).sort_values("row", kind="stable")
    assert (records.n_row, records.n_obs, records.notes) == (262, 64471, ())
    np.testing.assert_array_equal(records.row_size, frame.groupby("row").size())
    for name in ("temp", "psal", "pres"):
        for ours, theirs in (
            ("", ""),
            ("_SOURCE_QC", "_qc"),
            ("_ADJUSTED", "_dm"),
            ("_ADJUSTED_QC", "_qc_dm"),
        ):
            array = records.obs[name.upper() + ours]
            np.testing.assert_array_equal(array, frame[name + theirs].astype(array.dtype))
    days = frame.groupby("row")["profile_time"].first()
    np.testing.assert_allclose(records.rows["TIME"], days, rtol=0, atol=0)


def test_level_table__delayed_mode_rejects_in_the_baltic_what_real_time_did(shared_records: Path) -> None:
    (records,) = open_records(str(shared_records / "baltic" / "cora_bo_ctd.parquet"), BALTIC)
    for name, bad in (("TEMP", 41), ("PSAL", 45), ("PRES", 39)):
        np.testing.assert_array_equal(records.obs[f"{name}_SOURCE_QC"], records.obs[f"{name}_ADJUSTED_QC"])
        assert int((records.obs[f"{name}_ADJUSTED_QC"] == 4).sum()) == bad

"""What files state of those who made them, as the campaign of a version says it."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

from catalogs.producer import NOT_STATED, Producer
from catalogs.schema import Campaign, load
from flows.analysis_files import open_analysis, write_netcdf, write_zarr
from flows.collection import Collection
from flows.groups import write_dataset
from flows.origin import SYNTHETIC, Origin, origin_at, stated

CREDIT = "E.U. Copernicus Marine Service Information (CMEMS)"


def store_of(folder: Path, campaign: str | None, producer: dict[str, str] | None = None) -> str:
    """A version with one month of an analysis, made by a campaign."""
    field = (("depth", "latitude", "longitude"), np.full((1, 2, 2), 3.0, np.float32), {"units": "degC"})
    axes = {"depth": [10.0], "latitude": [0.5, 1.5], "longitude": [0.5, 1.5]}
    about = {"analysis": "coarse", "reference_period": "1993-2014", "month": "2003-01"}
    run = Collection.open(str(folder / "store"), create=True).begin("test")
    session = run.session(["analysis/coarse/2003/01", "ledger/analysis", "ledger/passes"])
    write_dataset(session.store, "analysis/coarse/2003/01", xr.Dataset({"TEMP": field}, axes, about))
    run.record(session, "analysis", {"2003/01": {"wrote": ["analysis/coarse/2003/01"]}})
    if campaign:
        content: dict[str, Any] = load(Campaign, campaign).model_dump(mode="json")
        content |= {"producer": producer} if producer is not None else {}
        run.record(session, "passes", {"campaign": {"content": content}})
    run.commit(session, "groups")
    run.release()
    return str(folder / "store")


def origin_in(store: str) -> Origin:
    collection = Collection.open(store)
    return origin_at(collection, collection.snapshot())


def test_origin_at__is_what_the_campaign_says(tmp_path):
    said = {"institution": "Institute of the test", "credit": CREDIT}
    origin = origin_in(store_of(tmp_path, "records", said))
    assert origin.producer.institution == "Institute of the test"
    assert origin.producer.credit == CREDIT
    assert origin.producer.licence == "CC-BY-4.0; Copernicus Marine Service licence"  # of its sources
    assert origin.producer.contact == NOT_STATED
    assert "Argo" in origin.source
    assert origin.version == Collection.open(str(tmp_path / "store")).current_version()


def test_origin_at__of_a_version_from_before_there_was_a_producer_states_none(tmp_path):
    collection = Collection.open(store_of(tmp_path, None))
    origin = origin_at(collection, collection.snapshot())
    assert origin.producer.model_dump() == Producer(licence=NOT_STATED).model_dump()
    assert stated(origin) == {"source": "in situ observations"}
    collection.begin("more").session(["more/group"])  # which commits the group
    later = origin_at(collection, collection.snapshot("run/more"))
    assert (later.version, later.released) == ("", date.today())


@pytest.mark.parametrize("campaign", ["demo", "ocean_state"])
def test_analysis_files__credit_the_producer_of_real_records_alone(tmp_path, campaign):
    store = store_of(tmp_path, campaign)
    expected = SYNTHETIC if campaign == "demo" else CREDIT
    assert open_analysis(store, "coarse").attrs["credit"] == expected
    (file,) = write_netcdf(store, "coarse", str(tmp_path / "files"))
    write_zarr(store, "coarse", str(tmp_path / "coarse.zarr"))
    with xr.open_dataset(file) as data:
        said = [data.attrs, zarr.open_group(str(tmp_path / "coarse.zarr"), mode="r").attrs.asdict()]
    for attrs in said:
        assert attrs["credit"] == expected
        assert "contact" not in attrs
        assert ("synthetic ocean" in attrs["source"]) == (campaign == "demo")
        text = " ".join(str(attrs.get(k, "")) for k in Producer.model_fields).lower()
        assert ("copernicus" in text) == (campaign == "ocean_state")

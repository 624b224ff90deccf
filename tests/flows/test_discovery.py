import shutil

import pytest
from fsspec.core import url_to_fs

from catalogs.schema import Campaign, Source, load
from flows.discovery import RecordsError, discover
from flows.ingest import month_items
from flows.staging import batches, read_index, stage

CAMPAIGN = load(Campaign, "records")
SOURCES = [load(Source, name) for name in CAMPAIGN.sources]


def files(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return str(folder)


def test_discover__every_file_is_claimed_skipped_or_told(tmp_path):
    records = files(
        tmp_path,
        "argo/dac/aoml/13857/profiles/R13857_001.nc",
        "argo/dac/aoml/13857/13857_prof.nc",
        "argo/dac/aoml/13857/13857_meta.nc",
        "argo/dac/coriolis/3902131/profiles/BD3902131_001D.nc",
        "insitu_tac/GL_PR_PF_3900150.nc",
        "cora/CO_DMQCGL01_19511210_PR_SH.nc",
        "argo/notes.doc",
    )
    found = discover(records, CAMPAIGN, SOURCES)
    assert {f.name.rsplit("/", 1)[-1]: f.source for f in found.files} == {
        "R13857_001.nc": "argo",
        "13857_prof.nc": "argo",
        "GL_PR_PF_3900150.nc": "insitu_tac",
        "CO_DMQCGL01_19511210_PR_SH.nc": "cora",
    }
    assert {name.rsplit("/", 1)[-1] for name, _, _ in found.skipped} == {"13857_meta.nc", "BD3902131_001D.nc"}
    assert found.unclaimed == ("argo/notes.doc",)


def test_discover__folders_restrict_where_one_of_them_exists(tmp_path):
    records = files(tmp_path, "argo/R13857_001.nc", "other/R13857_002.nc")
    assert [f.name for f in discover(records, CAMPAIGN, SOURCES).files] == ["argo/R13857_001.nc"]
    shutil.move(tmp_path / "argo", tmp_path / "elsewhere")
    assert len(discover(records, CAMPAIGN, SOURCES).files) == 2


def test_discover__one_file_is_a_records_url_too(tmp_path):
    files(tmp_path, "R13857_001.nc")
    found = discover(str(tmp_path / "R13857_001.nc"), CAMPAIGN, SOURCES)
    assert [f.name for f in found.files] == ["R13857_001.nc"]


def test_discover__nothing_there_is_an_error(tmp_path):
    with pytest.raises(RecordsError, match="no files under"):
        discover(str(tmp_path / "none"), CAMPAIGN, SOURCES)


@pytest.mark.long
@pytest.mark.records
def test_ingest__from_an_object_store_is_the_same_as_from_disk(shared_records, object_store, tmp_path):
    """Records and staging on S3, and on disk: the months have the same fingerprints."""
    fs, bucket = url_to_fs(f"{object_store}/records")
    local = tmp_path / "records"
    for path in sorted((shared_records / "argo/dac/nmdis/2901623/profiles").glob("*_00[1-9].nc")):
        (local / "argo").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, local / "argo" / path.name)
        fs.put_file(str(path), f"{bucket}/argo/{path.name}")
    made = []
    for records, folder in ((str(local), str(tmp_path / "s")), (f"s3://{bucket}", f"{object_store}/staging")):
        wanted = batches(discover(records, CAMPAIGN, SOURCES).files, SOURCES[0])
        for batch in wanted:
            stage(folder, batch)
        indexes = {b.name: read_index(folder, b.name) for b in wanted}
        made.append([(i.name, i.fingerprint) for i in month_items(folder, indexes, (), None)])
        assert sum(i.n_read for i in indexes.values()) == 18
    assert made[0] == made[1]

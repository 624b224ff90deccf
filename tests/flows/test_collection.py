import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.collection import Collection, Run, fingerprint
from flows.groups import read_dataset, write_dataset
from flows.location import StoreError
from kernels.flags import Flag


def partition(n: int = 5, seed: int = 0) -> xr.Dataset:
    values = np.random.default_rng(seed).normal(size=n).astype("f4")
    return xr.Dataset(
        {
            "TEMP": ("obs", values, {"units": "degree_Celsius"}),
            "TEMP_QC": ("obs", np.full(n, Flag.GOOD, np.uint8)),
            "PLATFORM_CODE": ("profile", np.array(["a", "bc", ""])),
        },
        {"level": ("level", np.arange(2.0))},
        {"featureType": "profile"},
    )


def committed(run: Run, path: str, dataset: xr.Dataset, name: str = "1993/01") -> None:
    session = run.session([path, "ledger/ingest"])
    fork = session.fork()
    write_dataset(fork.store, path, dataset)
    session.merge(fork)
    run.record(session, "ingest", {name: {"fingerprint": "f", "wrote": [path]}})
    run.commit(session, "test")


@pytest.fixture
def collection(tmp_path) -> Collection:
    return Collection.open(str(tmp_path / "store"), create=True)


def test_collection__what_is_written_is_read_back(collection):
    run = collection.begin("test")
    committed(run, "profiles/1993/01", partition())
    xr.testing.assert_identical(run.reading().dataset("profiles/1993/01"), partition())


@settings(max_examples=20, deadline=None)
@given(n=st.integers(0, 200_000), seed=st.integers(0, 9))
def test_write_dataset__any_size_round_trips_with_one_digest(n, seed):
    from zarr.storage import MemoryStore

    stores = MemoryStore(), MemoryStore()
    digests = {write_dataset(store, "g", partition(n, seed)) for store in stores}
    assert len(digests) == 1
    xr.testing.assert_identical(read_dataset(stores[0], "g"), partition(n, seed))


def test_write_dataset__another_value_another_digest():
    from zarr.storage import MemoryStore

    store = MemoryStore()
    other = partition()
    other["TEMP"].values[3] = np.nextafter(other["TEMP"].values[3], np.float32(9))
    assert write_dataset(store, "a", partition()) != write_dataset(store, "b", other)


def test_collection__main_does_not_see_a_run_before_its_release(collection):
    run = collection.begin("test")
    committed(run, "profiles/1993/01", partition())
    assert collection.read().partitions() == []
    version = run.release()
    assert collection.read().partitions() == ["profiles/1993/01"]
    assert collection.read(version).partitions() == ["profiles/1993/01"]
    assert collection.current_version() == version
    assert collection.runs() == []


def test_collection__a_reader_keeps_its_view_while_a_version_is_released(collection):
    first = collection.begin("test")
    committed(first, "profiles/1993/01", partition(seed=1))
    first.release()
    reading = collection.read()
    second = collection.begin("test")
    committed(second, "profiles/1993/01", partition(seed=2))
    xr.testing.assert_identical(reading.dataset("profiles/1993/01"), partition(seed=1))
    second.release()
    xr.testing.assert_identical(reading.dataset("profiles/1993/01"), partition(seed=1))
    xr.testing.assert_identical(collection.read().dataset("profiles/1993/01"), partition(seed=2))


def test_collection__an_interrupted_run_is_found_again(collection):
    committed(collection.begin("test"), "profiles/1993/01", partition())
    again = Collection.open(collection.url).begin("test")
    assert again.reading().partitions() == ["profiles/1993/01"]
    assert again.changed()


def test_collection__a_run_that_another_release_overtook_starts_from_that_release(collection):
    slow = collection.begin("slow")
    committed(slow, "profiles/1993/01", partition())
    fast = collection.begin("fast")
    committed(fast, "profiles/1994/01", partition(), "1994/01")
    fast.release()
    assert collection.begin("slow").reading().partitions() == ["profiles/1994/01"]


def test_run__does_not_release_over_another_release(collection):
    slow = collection.begin("slow")
    committed(slow, "profiles/1993/01", partition())
    fast = collection.begin("fast")
    committed(fast, "profiles/1994/01", partition(), "1994/01")
    version = fast.release()
    with pytest.raises(StoreError, match="another run has released"):
        slow.release()
    assert collection.current_version() == version


def test_run__removed_items_leave_with_their_groups(collection):
    run = collection.begin("test")
    committed(run, "profiles/1993/01", partition())
    run.remove("ingest", {"1993/01": ["profiles/1993/01"]})
    assert run.reading().partitions() == []
    assert run.reading().groups("profiles/1993") == []


def test_release__names_count_up_within_a_month(collection):
    names = []
    for seed in range(3):
        run = collection.begin("test")
        committed(run, "profiles/1993/01", partition(seed=seed))
        names.append(run.release())
    assert names[1:] == [f"{names[0]}.1", f"{names[0]}.2"]
    assert [v.name for v in collection.versions()] == names[::-1]


@pytest.mark.parametrize(
    ("store", "said"),
    [
        pytest.param(
            "/proc/nothing", "cannot create or open the collection /proc/nothing/collection", id="no"
        ),
        pytest.param("ftp://host/x", "scheme 'ftp' is not known", id="unknown scheme"),
    ],
)
def test_collection__a_store_that_cannot_be_made_says_which_and_why(store, said):
    with pytest.raises(StoreError, match=said):
        Collection.open(store, create=True)


def test_collection__an_absent_store_and_version_are_named(collection, tmp_path):
    with pytest.raises(StoreError, match="absent/collection"):
        Collection.open(str(tmp_path / "absent"))
    with pytest.raises(StoreError, match=r"no version '1999\.01'"):
        collection.read("1999.01")


def test_fingerprint__depends_on_content_not_on_order():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    with pytest.raises(TypeError, match="cannot hold object"):
        fingerprint(object())
